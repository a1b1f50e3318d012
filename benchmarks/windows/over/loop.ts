import { MAX_DELAY_MS, type Reading } from '../../core/sliding/readings.ts'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import type { OverData } from './data.ts'

/** A sum, a minimum and a maximum from a reading to the newest of the front. */
interface Front {
  readonly sum: number
  readonly lowest: number
  readonly highest: number
}

/** One patient: readings looked back over, oldest first from `head`, as two stacks; readings that wait, by time. */
interface Patient {
  readonly waiting: Reading[]
  rows: Reading[]
  head: number
  readonly front: Front[]
  backSum: number
  backLowest: number
  backHighest: number
}

/**
 * A reading waits until the watermark has passed it, then enters its patient's two stacks. Patients with something due are found
 * by the time of their earliest reading, in a ring with a list for each ms that the delay allows.
 */
export const run: Run<OverData> = ({ readings, lastMs }) => {
  const out = new Checksum()
  const patients = new Map<string, Patient>()
  const ringSize = MAX_DELAY_MS * 2
  const ring: Patient[][] = Array.from({ length: ringSize }, () => [])
  let newest = Number.MIN_SAFE_INTEGER
  let watermark = Number.MIN_SAFE_INTEGER

  const evict = (patient: Patient, oldest: number): void => {
    const { rows, front } = patient
    let head = patient.head
    while (head < rows.length && (rows[head] as Reading).time < oldest) head++
    const leaving = head - patient.head
    if (leaving === 0) return
    patient.head = head
    if (leaving <= front.length) front.length -= leaving
    else turn(patient)
    if (head > 64 && head * 2 > rows.length) {
      patient.rows = rows.slice(head)
      patient.head = 0
    }
  }

  const turn = (patient: Patient): void => {
    const { rows, head, front } = patient
    front.length = 0
    let sum = 0
    let lowest = Number.POSITIVE_INFINITY
    let highest = Number.NEGATIVE_INFINITY
    for (let i = rows.length - 1; i >= head; i--) {
      const { heartRate, spo2 } = rows[i] as Reading
      sum += heartRate
      if (spo2 < lowest) lowest = spo2
      if (spo2 > highest) highest = spo2
      front.push({ sum, lowest, highest })
    }
    patient.backSum = 0
    patient.backLowest = Number.POSITIVE_INFINITY
    patient.backHighest = Number.NEGATIVE_INFINITY
  }

  const release = (patient: Patient, time: number): void => {
    const { waiting } = patient
    evict(patient, time - lastMs)
    let peers = 0
    while (peers < waiting.length && (waiting[peers] as Reading).time === time) {
      const reading = waiting[peers++] as Reading
      patient.rows.push(reading)
      patient.backSum += reading.heartRate
      if (reading.spo2 < patient.backLowest) patient.backLowest = reading.spo2
      if (reading.spo2 > patient.backHighest) patient.backHighest = reading.spo2
    }
    if (peers === 0) return
    waiting.splice(0, peers)
    const front = patient.front.at(-1)
    const sum = patient.backSum + (front?.sum ?? 0)
    const lowest = Math.min(patient.backLowest, front?.lowest ?? Number.POSITIVE_INFINITY)
    const highest = Math.max(patient.backHighest, front?.highest ?? Number.NEGATIVE_INFINITY)
    const count = patient.rows.length - patient.head
    for (let i = 0; i < peers; i++) out.add(time, count, sum / count, lowest * 256 + highest)
  }

  const advance = (to: number): void => {
    for (; watermark < to; watermark++) {
      const due = ring[(watermark + 1) % ringSize] as Patient[]
      for (const patient of due) release(patient, watermark + 1)
      due.length = 0
    }
  }

  for (const reading of readings) {
    const { patientId, time } = reading
    if (newest === Number.MIN_SAFE_INTEGER) watermark = time - MAX_DELAY_MS - 1
    if (time > watermark) {
      let patient = patients.get(patientId)
      if (patient === undefined) {
        patient = {
          waiting: [],
          rows: [],
          head: 0,
          front: [],
          backSum: 0,
          backLowest: Number.POSITIVE_INFINITY,
          backHighest: Number.NEGATIVE_INFINITY,
        }
        patients.set(patientId, patient)
      }
      const { waiting } = patient
      let at = waiting.length
      while (at > 0 && (waiting[at - 1] as Reading).time > time) at--
      waiting.splice(at, 0, reading)
      if (time > newest) advance(time - MAX_DELAY_MS - 1)
      ;(ring[time % ringSize] as Patient[]).push(patient)
    }
    if (time > newest) newest = time
  }
  advance(newest)
  return out.outcome()
}
