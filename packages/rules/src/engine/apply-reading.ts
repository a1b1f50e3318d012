import { HELD, HELD_NONZERO, HELD_NONZERO_TIME, HELD_TIME, TIME, VALUE, type WindowLayout } from '../compile/layout.ts'
import { type Edges, firstEdge, type IndexedChannel } from './rule-index.ts'

/** What an annotation can matter to: every rule of its channel, none of them, or those at the edges from a place on. */
export const ALL = -1
export const NONE = -2

/**
 * Which rules of a channel can come out differently after this annotation: every one, if the last value was no longer in
 * force; else those that stand at the edges between the last value and this one, both included. Returns the place of the
 * first such edge.
 */
export function touched(
  edges: Edges,
  { offset, validForMs }: IndexedChannel,
  vitals: Float64Array,
  time: number,
  value: number,
): number {
  const last = vitals[offset + VALUE] as number
  if (Object.is(value, last) && !Number.isFinite(value)) return NONE
  if (!Number.isFinite(last) || !Number.isFinite(value) || time - (vitals[offset + TIME] as number) > validForMs)
    return ALL
  if (value === last) return NONE
  const first = firstEdge(edges, value < last ? value : last)
  return first < edges.at.length && (edges.at[first] as number) <= (value < last ? last : value) ? first : NONE
}

/** Writes an annotation, NaN being a blank. One of the same time takes the place of the last. */
export function annotate(vitals: Float64Array, offset: number, holds: boolean, time: number, value: number): void {
  if (holds && time > (vitals[offset + TIME] as number)) hold(vitals, offset)
  vitals[offset + TIME] = time
  vitals[offset + VALUE] = value
}

/** The last values with one more; `isReplacing` says that it takes the place of the newest. */
export function pushValue(
  vitals: Float64Array,
  { offset, capacity, zeros }: WindowLayout,
  last: number,
  value: number,
  isReplacing: boolean,
): void {
  const counts = (one: number): boolean => !Number.isNaN(one) && !(one === 0 && zeros === 'no-signal')
  let length = vitals[offset] as number
  if (isReplacing && counts(last)) length--
  if (counts(value)) {
    if (length === capacity) vitals.copyWithin(offset + 1, offset + 2, offset + 1 + capacity)
    else length++
    vitals[offset + length] = value
  }
  vitals[offset] = length
}

function hold(vitals: Float64Array, offset: number): void {
  const value = vitals[offset + VALUE] as number
  if (Number.isNaN(value)) return
  const time = vitals[offset + TIME] as number
  vitals[offset + HELD] = value
  vitals[offset + HELD_TIME] = time
  if (value === 0) return
  vitals[offset + HELD_NONZERO] = value
  vitals[offset + HELD_NONZERO_TIME] = time
}
