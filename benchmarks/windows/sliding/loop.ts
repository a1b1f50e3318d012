import { MAX_DELAY_MS, type Reading, type SlidingData } from '../../core/sliding/readings.ts'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'

interface Slice {
  readonly start: number
  count: number
  heartRate: number
  lowest: number
  highest: number
}

/** A patient's slices: those not yet in a window, and two stacks of those that are. */
interface Patient {
  /** Ascending; two at most, as the delay is less than a slide. */
  open: Slice[]
  /** Each with what it and all newer ones of the front come to; the oldest last. */
  front: Slice[]
  back: Slice[]
  /** What the back comes to. */
  sum: Slice | undefined
}

/**
 * A reading enters one slice; when a window is due, the slice that ends with it goes on the back stack, and the slice that has left
 * goes from the front. The same algorithm as the engine's, for data of which nothing is late.
 */
export const run: Run<SlidingData> = ({ readings, sizeMs, slideMs }) => {
  const out = new Checksum()
  const patients = new Map<string, Patient>()
  let newest = Number.MIN_SAFE_INTEGER
  let watermark = Number.MIN_SAFE_INTEGER
  let lastStart = Number.MIN_SAFE_INTEGER
  let nextEnd = Number.MAX_SAFE_INTEGER

  const fire = (until: number): void => {
    for (; nextEnd - 1 <= until && nextEnd - sizeMs <= lastStart; nextEnd += slideMs) {
      const first = nextEnd - sizeMs
      for (const patient of patients.values()) {
        enter(patient, nextEnd)
        leave(patient, first)
        const front = patient.front.at(-1)
        const { sum } = patient
        if (front !== undefined && sum !== undefined) {
          const count = front.count + sum.count
          const lowest = Math.min(front.lowest, sum.lowest)
          const highest = Math.max(front.highest, sum.highest)
          out.add(first, count, (front.heartRate + sum.heartRate) / count, lowest * 256 + highest)
        } else {
          const all = front ?? sum
          if (all !== undefined) out.add(first, all.count, all.heartRate / all.count, all.lowest * 256 + all.highest)
        }
      }
    }
  }

  for (let i = 0; i < readings.length; i++) {
    const { patientId, time, heartRate, spo2 } = readings[i] as Reading
    const start = time - (time % slideMs)
    let patient = patients.get(patientId)
    if (patient === undefined) {
      patient = { open: [], front: [], back: [], sum: undefined }
      patients.set(patientId, patient)
    }
    const slice = sliceOf(patient, start)
    slice.count++
    slice.heartRate += heartRate
    if (spo2 < slice.lowest) slice.lowest = spo2
    if (spo2 > slice.highest) slice.highest = spo2
    if (start > lastStart) lastStart = start
    if (start + slideMs < nextEnd && start + slideMs - 1 > watermark) nextEnd = start + slideMs
    if (time > newest) {
      newest = time
      watermark = newest - MAX_DELAY_MS - 1
      if (watermark >= nextEnd - 1) fire(watermark)
    }
  }
  fire(Number.MAX_SAFE_INTEGER)
  return out.outcome()
}

function sliceOf({ open }: Patient, start: number): Slice {
  let at = open.length
  while (at > 0 && (open[at - 1] as Slice).start > start) at--
  const there = open[at - 1]
  if (there !== undefined && there.start === start) return there
  const slice = { start, count: 0, heartRate: 0, lowest: Number.POSITIVE_INFINITY, highest: Number.NEGATIVE_INFINITY }
  open.splice(at, 0, slice)
  return slice
}

/** Slices that end with this window go on the back. */
function enter(patient: Patient, end: number): void {
  const { open, back } = patient
  while (open.length > 0 && (open[0] as Slice).start < end) {
    const slice = open.shift() as Slice
    back.push(slice)
    if (patient.sum === undefined) patient.sum = { ...slice }
    else add(patient.sum, slice)
  }
}

/** Slices before this window go; where the front is used up, the back becomes the front. */
function leave(patient: Patient, first: number): void {
  const { front } = patient
  while (front.length > 0 && (front.at(-1) as Slice).start < first) front.pop()
  if (front.length > 0 || patient.back.length === 0 || (patient.back[0] as Slice).start >= first) return
  for (let i = patient.back.length - 1; i >= 0 && (patient.back[i] as Slice).start >= first; i--) {
    const sum = { ...(patient.back[i] as Slice) }
    if (front.length > 0) add(sum, front.at(-1) as Slice)
    front.push(sum)
  }
  patient.back = []
  patient.sum = undefined
}

function add(sum: Slice, other: Slice): void {
  sum.count += other.count
  sum.heartRate += other.heartRate
  if (other.lowest < sum.lowest) sum.lowest = other.lowest
  if (other.highest > sum.highest) sum.highest = other.highest
}
