import { TIME, VALUE, type WindowLayout } from '../compile/layout.ts'
import { ANY, type Annotations, NONE } from './apply-reading.ts'
import type { IndexedChannel, IndexedCount } from './rule-index.ts'

/**
 * Puts a signal's value among its last ones, and notes to which of the rules that count them that can matter. The signal itself is annotated
 * after that: its channel holds the value before.
 */
export function countReading(
  channel: IndexedChannel,
  windows: readonly WindowLayout[],
  counts: readonly IndexedCount[],
  vitals: Float64Array,
  annotations: Annotations,
): void {
  const isReplacing = annotations.time === vitals[channel.offset + TIME]
  const isAny = annotations.touchOf(channel, vitals) === ANY
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as IndexedCount
    const leaving = isAny ? MANY : leavingPlace(channel, isReplacing, count, vitals, annotations)
    if (leaving === MANY) annotations.touch(count.slot, ANY)
    else if (leaving === NOBODY) annotations.touch(count.slot, NONE)
    else annotations.move(count.slot, vitals, leaving, channel)
  }
  for (let i = 0; i < windows.length; i++) {
    pushValue(channel, isReplacing, windows[i] as WindowLayout, vitals, annotations)
  }
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as IndexedCount
    if (annotations.of(count.slot) === ANY) noteCounted(count, vitals, annotations)
  }
}

const NOBODY = -1
const MANY = -2

/**
 * Where the value stands that leaves the last ones when this one comes among them: of those that are counted, it alone is another then.
 * `NOBODY` where none leaves or comes; `MANY` where there are not as many yet, or where one leaves and none comes.
 */
function leavingPlace(
  channel: IndexedChannel,
  isReplacing: boolean,
  { window, of }: IndexedCount,
  vitals: Float64Array,
  { values }: Annotations,
): number {
  const { offset, zeros } = window
  const last = channel.offset + VALUE
  const leaves = isReplacing && isCounted(vitals[last] as number, zeros)
  if (!isCounted(values[channel.slot] as number, zeros)) return leaves ? MANY : NOBODY
  if (leaves) return last
  const length = vitals[offset] as number
  return length < of ? MANY : offset + length - of + 1
}

function pushValue(
  channel: IndexedChannel,
  isReplacing: boolean,
  { offset, capacity, zeros }: WindowLayout,
  vitals: Float64Array,
  { values }: Annotations,
): void {
  const value = values[channel.slot] as number
  let length = vitals[offset] as number
  if (isReplacing && isCounted(vitals[channel.offset + VALUE] as number, zeros)) length--
  if (isCounted(value, zeros)) {
    if (length === capacity)
      for (let at = offset + 1; at < offset + capacity; at++) vitals[at] = vitals[at + 1] as number
    else length++
    vitals[offset + length] = value
  }
  vitals[offset] = length
}

/** Notes the stretch of the values that are counted. */
function noteCounted({ slot, window, of }: IndexedCount, vitals: Float64Array, annotations: Annotations): void {
  const { offset } = window
  const newest = offset + (vitals[offset] as number)
  annotations.stretch(slot, vitals, Math.max(offset + 1, newest - of + 1), newest)
}

function isCounted(value: number, zeros: WindowLayout['zeros']): boolean {
  return !Number.isNaN(value) && !(value === 0 && zeros === 'no-signal')
}
