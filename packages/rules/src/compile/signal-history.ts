import type { ZerosPolicy } from '../schema/rule-data.ts'
import type { Policies } from './policies.ts'

/**
 * A signal's readings, oldest first, as one array: where the oldest begins and the newest ends, then a time and a value each,
 * NaN for a blank. It is written in place: old readings are passed over, and what is left moves to the front when the end is
 * reached, so that a window is always one stretch.
 */
export type SignalHistory = Float64Array

const START = 0
const END = 1
const FIRST = 2
const SMALLEST = 16

export function emptyHistory(): SignalHistory {
  const history = new Float64Array(FIRST + 2 * SMALLEST)
  history[START] = FIRST
  history[END] = FIRST
  return history
}

/** Adds a reading, which is no older than the newest; one of the same time takes its place. The same array, or a longer one. */
export function addReading(history: SignalHistory, time: number, value: number, keepMs: number): SignalHistory {
  let start = history[START] as number
  let end = history[END] as number
  if (end > start && history[end - 2] === time) {
    history[end - 1] = value
    return history
  }
  while (start < end && (history[start] as number) < time - keepMs) start += 2
  let into = history
  if (end === history.length) {
    // A full array is at least half free once it has moved, else it is too short.
    if (end - start > history.length / 2) into = new Float64Array(2 * history.length)
    into.set(history.subarray(start, end), FIRST)
    end -= start - FIRST
    start = FIRST
  }
  into[end] = time
  into[end + 1] = value
  into[START] = start
  into[END] = end + 2
  return into
}

/** The readings as they are stored, without room for more. */
export function packHistory(history: SignalHistory): Float64Array {
  return history.slice(history[START], history[END])
}

export function unpackHistory(packed: Float64Array): SignalHistory {
  const history = new Float64Array(FIRST + Math.max(2 * SMALLEST, packed.length))
  history.set(packed, FIRST)
  history[START] = FIRST
  history[END] = FIRST + packed.length
  return history
}

/** Gathers readings with a value, for `Readings`. Grows, and is used again. */
export class GatheredReadings {
  times: Float64Array = new Float64Array(256)
  values: Float64Array = new Float64Array(256)
  length = 0

  /** Those later than `after`. */
  gather(history: SignalHistory, after: number, zeros: ZerosPolicy): this {
    const end = history[END] as number
    const from = firstAfter(history, after)
    if ((end - from) / 2 > this.times.length) {
      this.times = new Float64Array(end - from)
      this.values = new Float64Array(end - from)
    }
    this.length = 0
    for (let i = from; i < end; i += 2) {
      const value = history[i + 1] as number
      if (isBlank(value, zeros)) continue
      this.times[this.length] = history[i] as number
      this.values[this.length++] = value
    }
    return this
  }
}

/** The value that was in force at a moment, NaN where none was. */
export function valueAt(history: SignalHistory, at: number, { zeros, missing }: Policies, validForMs: number): number {
  for (let i = firstAfter(history, at) - 2; i >= (history[START] as number); i -= 2) {
    const value = history[i + 1] as number
    if (!isBlank(value, zeros)) return at - (history[i] as number) <= validForMs ? value : Number.NaN
    if (missing !== 'hold') break
  }
  return Number.NaN
}

/**
 * The share of the time, in %, for which the value in force lay in `[low, high]`, from the first reading later than `after`
 * until the last; where that is one moment, whether its value does.
 */
export function shareOfTimeIn(
  history: SignalHistory,
  after: number,
  range: { readonly low: number; readonly high: number },
  { zeros, missing }: Policies,
  validForMs: number,
): number {
  const end = history[END] as number
  let inside = 0
  let known = 0
  let value = Number.NaN
  let since = Number.NaN
  for (let i = firstAfter(history, after); i < end; i += 2) {
    const [time, next] = [history[i] as number, history[i + 1] as number]
    const blank = isBlank(next, zeros)
    if (blank && missing === 'hold') continue
    if (!Number.isNaN(value)) {
      const held = Math.min(time - since, validForMs)
      known += held
      if (value >= range.low && value <= range.high) inside += held
    }
    value = blank ? Number.NaN : next
    since = time
  }
  if (known > 0) return (inside / known) * 100
  return Number.isNaN(value) ? Number.NaN : value >= range.low && value <= range.high ? 100 : 0
}

function isBlank(value: number, zeros: ZerosPolicy): boolean {
  return Number.isNaN(value) || (value === 0 && zeros === 'no-signal')
}

/** Where the first reading later than `after` stands. */
function firstAfter(history: SignalHistory, after: number): number {
  let low = (history[START] as number) / 2
  let high = (history[END] as number) / 2
  while (low < high) {
    const middle = (low + high) >> 1
    if ((history[middle * 2] as number) <= after) low = middle + 1
    else high = middle
  }
  return low * 2
}
