import { checkFunction, checkObject } from '../../elements/check-given.ts'
import { MillraceError } from '../../errors.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { addTimedValue, emptyTimedValues, inOrderOfTime, mergeTimedValues, type TimedValues } from './timed-values.ts'

/** Options of `collect`. */
export interface CollectOptions {
  /**
   * How many values there may be at most; one more fails the job, so that no list is cut in silence. Default: no limit.
   * For the first or last n, with nothing failing, see `topN`.
   */
  readonly atMost?: number
}

/**
 * What the selector gives, as a list: in the order of time, records of one time in the order of their arrival. null,
 * undefined and NaN are left out; the list of nothing is empty.
 *
 * Each result is a list of its own, but its values are those that the selector gave: an object is shared with it and must
 * not be changed. Other than most aggregates this one shows arrival, where times are equal; slicing does not show.
 *
 * Keeps every value and its time: 16 bytes and what the value takes. Merging copies the other's; in windows that slide, a
 * value is kept a few times over. A result sorts what came out of order. There is no taking back.
 *
 * @throws CORE_OPTION_INVALID for a limit that is no whole number above 0; CORE_AGGREGATE_OVERFLOW, while the job runs, when
 *   there are more values than `atMost`.
 * @example
 * ```ts
 * import { collect } from '@millrace/core'
 *
 * const alarms = collect((r: { alarm: string | null }) => r.alarm, { atMost: 1_000 })
 * let accumulator = alarms.create()
 * for (const [time, alarm] of [[7, 'asystole'], [5, null], [3, 'probe off']] as const) {
 *   accumulator = alarms.add(accumulator, { alarm }, time)
 * }
 * alarms.result(accumulator) // => ['probe off', 'asystole']
 * ```
 */
export function collect<In, V>(
  f: (value: In) => V | null | undefined,
  options: CollectOptions = {},
): AggregateFunction<In, TimedValues<V>, V[]> {
  checkFunction(f, 'the selector of collect', 'CORE_AGGREGATE_INVALID')
  checkObject(options, 'the options of collect', [], 'CORE_AGGREGATE_INVALID')
  const atMost = options.atMost ?? Number.POSITIVE_INFINITY
  if (options.atMost !== undefined && !(Number.isSafeInteger(atMost) && atMost > 0)) {
    throw new MillraceError('CORE_OPTION_INVALID', `atMost of collect was ${atMost}: it is a whole number above 0`)
  }
  const check = (list: TimedValues<V>): TimedValues<V> => {
    if (list.values.length <= atMost) return list
    throw new MillraceError('CORE_AGGREGATE_OVERFLOW', `collect was given more than ${atMost} values`)
  }
  return {
    name: 'collect',
    create: emptyTimedValues,
    add(accumulator, value, timestamp) {
      const x = f(value)
      if (x === null || x === undefined || Number.isNaN(x)) return accumulator
      addTimedValue(accumulator, x, timestamp)
      return check(accumulator)
    },
    merge(accumulator, other) {
      mergeTimedValues(accumulator, other)
      return check(accumulator)
    },
    result: (accumulator) => inOrderOfTime(accumulator).values,
  }
}
