import type { ZerosPolicy } from '../schema/rule-data.ts'
import type { Policies } from './policies.ts'

/**
 * The readings of a patient's signals, a stretch of one array for each: where its oldest reading begins, where its newest ends, and where its
 * room ends, as numbers behind the stretch's own beginning; then a time and a value each, NaN for a blank, oldest first. It is written in
 * place: old readings are passed over, and what is left moves to the front when the room is full, so that a window is always one piece.
 */
export type SignalHistories = Float64Array

const START = 0
const END = 1
const ROOM = 2
const FIRST = 3
const SMALLEST = 8

/** Begins a stretch at `base` with readings, each a time and a value; returns where the next begins. */
export function beginReadings(histories: SignalHistories, base: number, readings: Float64Array): number {
  histories[base + START] = FIRST
  histories[base + END] = FIRST + readings.length
  histories[base + ROOM] = lengthFor(readings)
  histories.set(readings, base + FIRST)
  return nextBase(histories, base)
}

/** What a stretch takes that begins with these readings. */
export function lengthFor(readings: Float64Array): number {
  return FIRST + Math.max(2 * SMALLEST, readings.length)
}

/** Where the stretch begins that comes after the one at `base`. */
export function nextBase(histories: SignalHistories, base: number): number {
  return base + (histories[base + ROOM] as number)
}

/** A copy of the readings, without room for more. */
export function readingsAt(histories: SignalHistories, base: number): Float64Array {
  return histories.slice(base + (histories[base + START] as number), base + (histories[base + END] as number))
}

/**
 * Adds a reading to the stretch at `base`, which is no older than its newest; one of the same time takes its place. The same array, or a
 * longer one, in which what lies behind the stretch lies further back.
 */
export function addReading(
  histories: SignalHistories,
  base: number,
  time: number,
  value: number,
  keepMs: number,
): SignalHistories {
  let start = histories[base + START] as number
  const end = histories[base + END] as number
  if (end > start && histories[base + end - 2] === time) {
    histories[base + end - 1] = value
    return histories
  }
  while (start < end && (histories[base + start] as number) < time - keepMs) start += 2
  histories[base + START] = start
  const into = end === histories[base + ROOM] ? withRoom(histories, base) : histories
  const at = base + (into[base + END] as number)
  into[at] = time
  into[at + 1] = value
  into[base + END] = at + 2 - base
  return into
}

/** A full stretch is at least half free once its readings have moved to the front, else it is too short. */
function withRoom(histories: SignalHistories, base: number): SignalHistories {
  const start = histories[base + START] as number
  const end = histories[base + END] as number
  const room = histories[base + ROOM] as number
  const added = end - start > (room - FIRST) / 2 ? room - FIRST : 0
  let into = histories
  if (added > 0) {
    into = new Float64Array(histories.length + added)
    into.set(histories.subarray(0, base + FIRST))
    into.set(histories.subarray(base + room), base + room + added)
  }
  into.set(histories.subarray(base + start, base + end), base + FIRST)
  into[base + START] = FIRST
  into[base + END] = end - start + FIRST
  into[base + ROOM] = room + added
  return into
}

/** Gathers readings with a value, for `Readings`. Grows, and is used again. */
export class GatheredReadings {
  times: Float64Array = new Float64Array(256)
  values: Float64Array = new Float64Array(256)
  length = 0

  /** Those later than `after`. */
  gather(histories: SignalHistories, base: number, after: number, zeros: ZerosPolicy): this {
    const end = base + (histories[base + END] as number)
    const from = firstAfter(histories, base, after)
    if ((end - from) / 2 > this.times.length) {
      this.times = new Float64Array(end - from)
      this.values = new Float64Array(end - from)
    }
    this.length = 0
    for (let i = from; i < end; i += 2) {
      const value = histories[i + 1] as number
      if (isBlank(value, zeros)) continue
      this.times[this.length] = histories[i] as number
      this.values[this.length++] = value
    }
    return this
  }
}

/** The value that was in force at a moment, NaN where none was. */
export function valueAt(
  histories: SignalHistories,
  base: number,
  at: number,
  { zeros, missing }: Policies,
  validForMs: number,
): number {
  const oldest = base + (histories[base + START] as number)
  for (let i = firstAfter(histories, base, at) - 2; i >= oldest; i -= 2) {
    const value = histories[i + 1] as number
    if (!isBlank(value, zeros)) return at - (histories[i] as number) <= validForMs ? value : Number.NaN
    if (missing !== 'hold') break
  }
  return Number.NaN
}

/**
 * The share of the time, in %, for which the value in force lay in `[low, high]`, from the first reading later than `after`
 * until the last; where that is one moment, whether its value does.
 */
export function shareOfTimeIn(
  histories: SignalHistories,
  base: number,
  after: number,
  range: { readonly low: number; readonly high: number },
  { zeros, missing }: Policies,
  validForMs: number,
): number {
  const end = base + (histories[base + END] as number)
  let inside = 0
  let known = 0
  let value = Number.NaN
  let since = Number.NaN
  for (let i = firstAfter(histories, base, after); i < end; i += 2) {
    const [time, next] = [histories[i] as number, histories[i + 1] as number]
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
function firstAfter(histories: SignalHistories, base: number, after: number): number {
  const first = base + (histories[base + START] as number)
  let low = 0
  let high = ((histories[base + END] as number) + base - first) / 2
  while (low < high) {
    const middle = (low + high) >> 1
    if ((histories[first + middle * 2] as number) <= after) low = middle + 1
    else high = middle
  }
  return first + low * 2
}
