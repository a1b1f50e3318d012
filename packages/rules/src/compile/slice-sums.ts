import { SLICES } from './layout.ts'

/**
 * Sums of a signal's values in slices of time from 1970 on, for a baseline: the newest reading, then slice, sum and number of
 * the values of the last slices. The newest waits beside its slice, since another of the same time takes its place. They are a stretch of
 * `SLICE_SUMS_LENGTH` numbers of an array.
 */
export type SliceSums = Float64Array

const LAST_TIME = 0
const LAST_VALUE = 1
const FIRST = 2
const SLOTS = SLICES + 1
export const SLICE_SUMS_LENGTH: number = FIRST + 3 * SLOTS
/** How many slices with readings a baseline needs. */
export const LEAST_SLICES = 6

export function emptySliceSums(): SliceSums {
  const sums = new Float64Array(SLICE_SUMS_LENGTH).fill(Number.NaN)
  sums[LAST_TIME] = -Infinity
  return sums
}

/** Adds a reading, NaN being a blank, that is no older than the newest. */
export function addToSlices(sums: SliceSums, base: number, time: number, value: number, sliceMs: number): void {
  const last = sums[base + LAST_TIME] as number
  if (time > last) settle(sums, base, sliceMs)
  sums[base + LAST_TIME] = time
  sums[base + LAST_VALUE] = value
}

/**
 * The median of the means of the slices before that of the newest reading, among the last 24; NaN where fewer than 6 of them
 * have readings.
 */
export function baselineOf(sums: SliceSums, base: number, sliceMs: number): number {
  const now = Math.floor((sums[base + LAST_TIME] as number) / sliceMs)
  const means: number[] = []
  for (let at = base + FIRST; at < base + SLICE_SUMS_LENGTH; at += 3) {
    const slice = sums[at] as number
    if (slice >= now - SLICES && slice < now) means.push((sums[at + 1] as number) / (sums[at + 2] as number))
  }
  if (means.length < LEAST_SLICES) return Number.NaN
  means.sort((a, b) => a - b)
  const middle = means.length >> 1
  const upper = means[middle] as number
  return means.length % 2 === 1 ? upper : ((means[middle - 1] as number) + upper) / 2
}

function settle(sums: SliceSums, base: number, sliceMs: number): void {
  const value = sums[base + LAST_VALUE] as number
  if (Number.isNaN(value)) return
  const slice = Math.floor((sums[base + LAST_TIME] as number) / sliceMs)
  const at = base + FIRST + 3 * (((slice % SLOTS) + SLOTS) % SLOTS)
  const isNew = sums[at] !== slice
  sums[at] = slice
  sums[at + 1] = value + (isNew ? 0 : (sums[at + 1] as number))
  sums[at + 2] = 1 + (isNew ? 0 : (sums[at + 2] as number))
}
