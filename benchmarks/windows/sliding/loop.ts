import { MAX_DELAY_MS, type Reading, type SlidingData } from '../../core/sliding/readings.ts'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { evict, push, type Stacks, type Sum, tell } from '../two-stacks.ts'

/** A patient's slices: those not yet in a window, and two stacks of those that are. */
interface Patient extends Stacks {
  /** Ascending; two at most, as the delay is less than a slide. */
  readonly open: Sum[]
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
        const { open } = patient
        while (open.length > 0 && (open[0] as Sum).start < nextEnd) push(patient, open.shift() as Sum)
        evict(patient, first)
        tell(patient, (count, heartRate, lowest, highest) =>
          out.add(first, count, heartRate / count, lowest * 256 + highest),
        )
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
    const slice = sliceOf(patient.open, start)
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

function sliceOf(open: Sum[], start: number): Sum {
  let at = open.length
  while (at > 0 && (open[at - 1] as Sum).start > start) at--
  const there = open[at - 1]
  if (there !== undefined && there.start === start) return there
  const slice = { start, count: 0, heartRate: 0, lowest: Number.POSITIVE_INFINITY, highest: Number.NEGATIVE_INFINITY }
  open.splice(at, 0, slice)
  return slice
}
