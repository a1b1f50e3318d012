import type { WindowCell } from './window-cell.ts'

/** What a new window of a record becomes among those of its key, which lie apart: `[from, to)` of them, and the record's own. */
export interface Merger {
  readonly start: number
  readonly end: number
  readonly from: number
  readonly to: number
}

/**
 * Finds the windows that overlap or touch `[start, end)`. Those of a key are ascending, and neither overlap nor touch each other, so
 * what they become with the new one touches no further one.
 */
export function findMerger(cells: readonly WindowCell[], start: number, end: number): Merger {
  let to = cells.length
  while (to > 0 && (cells[to - 1] as WindowCell).start > end) to -= 1
  let from = to
  while (from > 0 && (cells[from - 1] as WindowCell).end >= start) from -= 1
  if (from === to) return { start, end, from, to }
  return {
    start: Math.min(start, (cells[from] as WindowCell).start),
    end: Math.max(end, (cells[to - 1] as WindowCell).end),
    from,
    to,
  }
}
