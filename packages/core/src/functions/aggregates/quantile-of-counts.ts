import { MillraceError } from '../../errors.ts'
import type { ValueCounts } from './value-counts.ts'

/** A number for one quantile, a list for a list of them; undefined for the quantiles of nothing. */
export type QuantileResult<Q extends number | readonly number[]> = Q extends number
  ? number | undefined
  : number[] | undefined

/** @throws CORE_OPTION_INVALID for a quantile outside `[0, 1]`, or an empty list. */
export function checkQuantiles(q: number | readonly number[], aggregate: string): void {
  const list = typeof q === 'number' ? [q] : q
  if (!Array.isArray(list) || list.length === 0) {
    throw new MillraceError('CORE_OPTION_INVALID', `the quantiles of ${aggregate} were ${JSON.stringify(q)}`)
  }
  for (const each of list) {
    if (typeof each === 'number' && each >= 0 && each <= 1) continue
    throw new MillraceError('CORE_OPTION_INVALID', `a quantile of ${aggregate} was ${each}: it is from 0 to 1`)
  }
}

/**
 * Continuous quantiles, as SQL's `percentile_cont`: of n ascending values the one at position `q * (n - 1)`, counted from
 * 0, and between two of them on the line that joins them. Takes as long as sorting the distinct values.
 */
export function quantileOfCounts<Q extends number | readonly number[]>(
  counts: ValueCounts<number>,
  q: Q,
): QuantileResult<Q> {
  return (counts.size === 0 ? undefined : sortedQuantiles(counts, q)) as QuantileResult<Q>
}

function sortedQuantiles(counts: ValueCounts<number>, q: number | readonly number[]): number | number[] {
  const values = Float64Array.from(counts.keys()).sort()
  // How many values there are up to and with each.
  const ends = new Float64Array(values.length)
  let total = 0
  values.forEach((value, i) => {
    total += counts.get(value) ?? 0
    ends[i] = total
  })
  const at = (each: number): number => {
    const position = each * (total - 1)
    const below = Math.floor(position)
    const i = indexOfRank(ends, below)
    const lower = values[i] as number
    if (position === below || below + 1 < (ends[i] as number)) return lower
    return between(lower, values[i + 1] as number, position - below)
  }
  return typeof q === 'number' ? at(q) : q.map(at)
}

/** The first index whose end is beyond the rank. */
function indexOfRank(ends: Float64Array, rank: number): number {
  let low = 0
  let high = ends.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ends[middle] as number) > rank) high = middle
    else low = middle + 1
  }
  return low
}

/** A part of the way from the lower to the upper value. Never outside of them; NaN from -Infinity to Infinity. */
function between(lower: number, upper: number, part: number): number {
  const distance = upper - lower
  // Of infinities, and of two huge values, the distance is no double; what lies between may be.
  if (distance === Number.POSITIVE_INFINITY) return lower * (1 - part) + upper * part
  return Math.min(lower + distance * part, upper)
}
