import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { MAX_DELAY_MS, type Reading, WINDOW_MS } from './data.ts'

interface Window {
  readonly start: number
  count: number
  heartRate: number
  lowest: number
  highest: number
  older: Window | undefined
}

/** The open windows of one patient, the one opened last first: it is almost always the one that is wanted. */
interface Patient {
  newest: Window | undefined
}

/** What a good programmer writes without a library: a Map by key, a short list of open windows, and who is due when. */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  const patients = new Map<string, Patient>()
  const due = new Map<number, Patient[]>()
  let newest = Number.MIN_SAFE_INTEGER
  let watermark = Number.MIN_SAFE_INTEGER
  let nextEnd = Number.MAX_SAFE_INTEGER

  const fire = (until: number): void => {
    for (const end of [...due.keys()].filter((e) => e - 1 <= until).sort((a, b) => a - b)) {
      for (const patient of due.get(end) as Patient[]) {
        const w = take(patient, end - WINDOW_MS)
        out.add(w.start, w.count, w.heartRate / w.count, w.lowest * 256 + w.highest)
      }
      due.delete(end)
    }
    nextEnd = Math.min(Number.MAX_SAFE_INTEGER, ...due.keys())
  }

  for (let i = 0; i < readings.length; i++) {
    const { patientId, time, heartRate, spo2 } = readings[i] as Reading
    const start = time - (time % WINDOW_MS)
    const end = start + WINDOW_MS
    if (end - 1 > watermark) {
      let patient = patients.get(patientId)
      if (patient === undefined) {
        patient = { newest: undefined }
        patients.set(patientId, patient)
      }
      let window = patient.newest
      while (window !== undefined && window.start !== start) window = window.older
      if (window === undefined) {
        window = { start, count: 0, heartRate: 0, lowest: spo2, highest: spo2, older: patient.newest }
        patient.newest = window
        const waiting = due.get(end)
        if (waiting) waiting.push(patient)
        else {
          due.set(end, [patient])
          if (end < nextEnd) nextEnd = end
        }
      }
      window.count++
      window.heartRate += heartRate
      if (spo2 < window.lowest) window.lowest = spo2
      if (spo2 > window.highest) window.highest = spo2
    }
    if (time > newest) {
      newest = time
      watermark = newest - MAX_DELAY_MS - 1
      if (watermark >= nextEnd - 1) fire(watermark)
    }
  }
  fire(Number.MAX_SAFE_INTEGER)
  return out.outcome()
}

/** Takes the window with this start out of the patient's list. */
function take(patient: Patient, start: number): Window {
  let before: Window | undefined
  let window = patient.newest as Window
  while (window.start !== start) {
    before = window
    window = window.older as Window
  }
  if (before) before.older = window.older
  else patient.newest = window.older
  return window
}
