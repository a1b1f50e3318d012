import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { MAX_DELAY_MS, type Reading, type SlidingData } from './readings.ts'

interface Slice {
  readonly start: number
  count: number
  heartRate: number
  lowest: number
  highest: number
}

/**
 * A reading enters one slice; when a window is due, its 60 slices are merged. A patient's slices stand in a ring with room
 * for those of one window and for those that the delay allows ahead of it.
 */
export const run: Run<SlidingData> = ({ readings, sizeMs, slideMs }) => {
  const out = new Checksum()
  const slices = sizeMs / slideMs
  const ringSize = slices + Math.ceil(MAX_DELAY_MS / slideMs) + 2
  const patients = new Map<string, (Slice | undefined)[]>()
  let newest = Number.MIN_SAFE_INTEGER
  let watermark = Number.MIN_SAFE_INTEGER
  let last = Number.MIN_SAFE_INTEGER // start of the newest slice
  let nextEnd = Number.MAX_SAFE_INTEGER

  const fire = (until: number): void => {
    while (nextEnd - 1 <= until && nextEnd - sizeMs <= last) {
      const first = nextEnd - sizeMs
      for (const ring of patients.values()) {
        let count = 0
        let heartRate = 0
        let lowest = Number.POSITIVE_INFINITY
        let highest = Number.NEGATIVE_INFINITY
        let at = (first / slideMs) % ringSize
        for (let n = 0; n < slices; n++) {
          const slice = ring[at]
          if (slice !== undefined && slice.start === first + n * slideMs) {
            count += slice.count
            heartRate += slice.heartRate
            if (slice.lowest < lowest) lowest = slice.lowest
            if (slice.highest > highest) highest = slice.highest
          }
          if (++at === ringSize) at = 0
        }
        if (count > 0) out.add(first, count, heartRate / count, lowest * 256 + highest)
      }
      nextEnd += slideMs
    }
  }

  for (let i = 0; i < readings.length; i++) {
    const { patientId, time, heartRate, spo2 } = readings[i] as Reading
    const start = time - (time % slideMs)
    // Nothing comes later than the delay here; a slice whose last window has gone would be refused in this line.
    if (start + sizeMs - 1 > watermark) {
      let ring = patients.get(patientId)
      if (ring === undefined) {
        ring = new Array<Slice | undefined>(ringSize).fill(undefined)
        patients.set(patientId, ring)
      }
      const at = (start / slideMs) % ringSize
      const slice = ring[at]
      if (slice === undefined || slice.start !== start) {
        ring[at] = { start, count: 1, heartRate, lowest: spo2, highest: spo2 }
        if (start > last) last = start
        if (start + slideMs < nextEnd && start + slideMs - 1 > watermark) nextEnd = start + slideMs
      } else {
        slice.count++
        slice.heartRate += heartRate
        if (spo2 < slice.lowest) slice.lowest = spo2
        if (spo2 > slice.highest) slice.highest = spo2
      }
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
