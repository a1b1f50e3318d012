import { checkFunction, checkObject, shown } from '../../elements/check-given.ts'
import { compareKeys } from '../../elements/key.ts'
import { MillraceError } from '../../errors.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import type { PlainValue } from './timed-value.ts'
import { plainValue, type ValueSelector } from './value-selector.ts'

/** What `topN` ranks by, and what it gives. */
export interface TopNOptions<In, V> {
  /** What records are ranked by. One for which it gives null, undefined or NaN has no rank, and is left out. */
  readonly by: ValueSelector<In, PlainValue>
  /** What is given of each record; default: the record itself. */
  readonly value?: (value: In) => V
  /** The smallest first, instead of the largest. Default false. */
  readonly ascending?: boolean
}

/** A record among the n. Plain data, where its value is. */
export interface Ranked<V> {
  readonly by: PlainValue
  readonly timestamp: number
  readonly value: V
}

/**
 * The n records with the largest `by`, the largest first; fewer where there are fewer. Of equal ones the earliest comes first;
 * of equal time too, the smallest value where values are texts, numbers, bigints or booleans, so that the order of adding and
 * merging does not show; where they are objects, the one that arrived first, so that slicing does not show.
 *
 * `by` is ordered as keys are: false, true, numbers, bigints, texts by UTF-16 code unit. Each result is a list of its own, but
 * its values are those that `value` gave: an object is shared with the record and must not be changed.
 *
 * Keeps n values with their rank and time, so n is meant to be small: a record takes time by n where it enters, by the
 * logarithm of n where it does not. Merging enters the other's n. Nothing can be taken back: what was pushed out is gone.
 *
 * @throws CORE_OPTION_INVALID when n is no whole number above 0.
 * @example
 * ```ts
 * import { topN } from '@millrace/core'
 *
 * const fastest = topN(2, { by: (r: { bed: string; rate: number }) => r.rate, value: (r) => r.bed })
 * let accumulator = fastest.create()
 * for (const [bed, rate] of [['a', 80], ['b', 140], ['c', 95]] as const) {
 *   accumulator = fastest.add(accumulator, { bed, rate }, 0)
 * }
 * fastest.result(accumulator) // => ['b', 'c']
 * ```
 */
export function topN<In, V = In>(n: number, options: TopNOptions<In, V>): AggregateFunction<In, Ranked<V>[], V[]> {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new MillraceError('CORE_OPTION_INVALID', `n of topN was ${shown(n)}: it is a whole number above 0`)
  }
  checkObject(options, 'the options of topN', [], 'CORE_AGGREGATE_INVALID')
  checkFunction(options.by, 'the by of topN', 'CORE_AGGREGATE_INVALID')
  const { by, ascending = false } = options
  const select = options.value ?? ((value: In) => value as unknown as V)
  const enter = (list: Ranked<V>[], entry: Ranked<V>): void => {
    const at = placeOf(list, entry, ascending ? 1 : -1)
    if (at >= n) return
    list.splice(at, 0, entry)
    if (list.length > n) list.pop()
  }
  return {
    name: `${ascending ? 'bottom' : 'top'}N(${n})`,
    create: () => [],
    add(accumulator, value, timestamp) {
      const rank = plainValue(by(value), 'topN')
      if (rank !== undefined) enter(accumulator, { by: rank, timestamp, value: select(value) })
      return accumulator
    },
    merge(accumulator, other) {
      for (const entry of other) enter(accumulator, entry)
      return accumulator
    },
    result: (accumulator) => accumulator.map(({ value }) => value),
  }
}

/** Behind all that come before it, and behind its equals. */
function placeOf<V>(list: readonly Ranked<V>[], entry: Ranked<V>, sign: 1 | -1): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareRanked(entry, list[middle] as Ranked<V>, sign) < 0) high = middle
    else low = middle + 1
  }
  return low
}

function compareRanked<V>(a: Ranked<V>, b: Ranked<V>, sign: 1 | -1): number {
  return sign * compareKeys(a.by, b.by) || a.timestamp - b.timestamp || comparePlain(a.value, b.value)
}

function comparePlain(a: unknown, b: unknown): number {
  return isPlain(a) && isPlain(b) ? compareKeys(a, b) : 0
}

function isPlain(value: unknown): value is PlainValue {
  const type = typeof value
  return type === 'string' || type === 'number' || type === 'bigint' || type === 'boolean'
}
