import type { TimeDomain } from '../../time/timer-service.ts'

/** What is kept of one window of one key. Plain data, in the state: a list a key, ascending by start and end. */
export interface WindowCell {
  readonly start: number
  readonly end: number
  /** What its records come to, or the records; `undefined` while it holds nothing. */
  contents: unknown
  /** Of the record that came last. */
  lastTimestamp: number
  /** When the trigger asked to be called, ascending. */
  readonly eventTimers: number[]
  readonly processingTimers: number[]
  /** By the names that the trigger and the window function declare; `undefined` where they declare none. */
  readonly triggerState: CellStates | undefined
  readonly functionState: CellStates | undefined
}

export type CellStates = Record<string, unknown>

/** The timers of one domain. */
export function timersOf(cell: WindowCell, domain: TimeDomain): number[] {
  return domain === 'event-time' ? cell.eventTimers : cell.processingTimers
}

/** True where it has no contents, no timer, and nothing in its states: as if it had never been. */
export function holdsNothing(cell: WindowCell): boolean {
  return (
    cell.contents === undefined &&
    cell.eventTimers.length === 0 &&
    cell.processingTimers.length === 0 &&
    areEmpty(cell.triggerState) &&
    areEmpty(cell.functionState)
  )
}

function areEmpty(states: CellStates | undefined): boolean {
  for (const name in states) if (states[name] !== undefined) return false
  return true
}

/** The window of this start and end, if there is one. */
export function cellOf(cells: readonly WindowCell[], start: number, end: number): WindowCell | undefined {
  // Most records are in the newest windows.
  for (let at = cells.length - 1; at >= 0; at--) {
    const cell = cells[at] as WindowCell
    if (cell.start === start && cell.end === end) return cell
    if (isBefore(cell, start, end)) return undefined
  }
  return undefined
}

/** Puts a window in its place. */
export function insertCell(cells: WindowCell[], cell: WindowCell): void {
  let at = cells.length
  while (at > 0 && !isBefore(cells[at - 1] as WindowCell, cell.start, cell.end)) at -= 1
  cells.splice(at, 0, cell)
}

function isBefore(cell: WindowCell, start: number, end: number): boolean {
  return cell.start < start || (cell.start === start && cell.end < end)
}

/** Puts a time in its place, once; false where it is there. */
export function addTime(times: number[], time: number): boolean {
  let at = times.length
  while (at > 0 && (times[at - 1] as number) > time) at -= 1
  if (times[at - 1] === time) return false
  times.splice(at, 0, time)
  return true
}

/** False where it is not there. */
export function removeTime(times: number[], time: number): boolean {
  const at = times.indexOf(time)
  if (at < 0) return false
  times.splice(at, 1)
  return true
}
