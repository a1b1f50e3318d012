import { type DoubleDouble, multiplyByDouble } from '../../collections/double-double.ts'
import { checkFunction, checkObject } from '../../elements/check-given.ts'
import { MillraceError } from '../../errors.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'
import { addTimedValue, emptyTimedValues, inOrderOfTime, mergeTimedValues, type TimedValues } from './timed-values.ts'
import { addToSum, sumOver, type WideSum } from './wide-sum.ts'

/** Options of `timeWeightedMean`. */
export interface TimeWeightedMeanOptions {
  /**
   * What is between two readings. `'step'`, the default: a value holds until the next one. `'linear'`: the straight line from
   * one to the other (the trapezoidal rule).
   */
  readonly interpolation?: 'step' | 'linear'
}

// Scratch for one call at a time.
const area: DoubleDouble = { high: 0, low: 0 }

/**
 * The mean over time of what the selector gives: each value weighs as many ms as it held, so that a burst of readings does not
 * count for more than the time in which it fell.
 *
 * ```
 *   value   80 ──────────┐
 *           100          └────┐                  step:   (80 · 20 + 100 · 10) / 30 = 86.7
 *           90                o                  linear: (90 · 20 +  95 · 10) / 30 = 91.7
 *   time    0            20   30
 * ```
 *
 * It runs from the first reading to the last, and knows nothing of the window around them: what was before the first and what
 * comes after the last does not count, so with `'step'` the last value weighs nothing. A gap between two readings counts
 * as a whole, however long. Where all readings are of one time, the result is their mean; several of one time count as one
 * reading, their mean. null, undefined and NaN are skipped (the value before goes on); of nothing the result is undefined.
 * Infinities count as in IEEE 754.
 *
 * The order of adding and merging does not show, to the last bit, and windows may be merged whose times overlap. For that, and
 * since records come out of order, every reading is kept, at 16 bytes. Merging copies the other's; a result takes as long as
 * sorting what came out of order. There is no taking back.
 *
 * @throws CORE_OPTION_INVALID for another interpolation.
 * @example
 * ```ts
 * import { timeWeightedMean } from '@millrace/core'
 *
 * const rate = timeWeightedMean((bpm: number) => bpm)
 * let accumulator = rate.create()
 * for (const [ms, bpm] of [[0, 80], [20, 100], [30, 90]] as const) accumulator = rate.add(accumulator, bpm, ms)
 * rate.result(accumulator)?.toFixed(1) // => '86.7'
 * ```
 */
export function timeWeightedMean<In>(
  f: NumberSelector<In>,
  options: TimeWeightedMeanOptions = {},
): AggregateFunction<In, TimedValues<number>, number | undefined> {
  checkFunction(f, 'the selector of timeWeightedMean', 'CORE_AGGREGATE_INVALID')
  checkObject(options, 'the options of timeWeightedMean', [], 'CORE_AGGREGATE_INVALID')
  const interpolation = options.interpolation ?? 'step'
  if (interpolation !== 'step' && interpolation !== 'linear') {
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      `interpolation of timeWeightedMean was ${JSON.stringify(interpolation)}: it is 'step' or 'linear'`,
    )
  }
  return {
    name: interpolation === 'step' ? 'timeWeightedMean' : 'timeWeightedMean(linear)',
    create: emptyTimedValues,
    add(accumulator, value, timestamp) {
      const x = numberOrNaN(f(value), 'timeWeightedMean')
      if (!Number.isNaN(x)) addTimedValue(accumulator, x, timestamp)
      return accumulator
    },
    merge(accumulator, other) {
      mergeTimedValues(accumulator, other)
      return accumulator
    },
    result(accumulator) {
      const { timestamps, values } = oneOfEachTime(inOrderOfTime(accumulator))
      if (values.length < 2) return values[0]
      return meanOver(timestamps, values, interpolation === 'linear')
    },
  }
}

/** Ascending times, each with the mean of its values. */
function oneOfEachTime({ timestamps, values }: TimedValues<number>): TimedValues<number> {
  const means = emptyTimedValues<number>()
  for (let start = 0; start < values.length; ) {
    const timestamp = timestamps[start] as number
    let end = start + 1
    while (timestamps[end] === timestamp) end += 1
    addTimedValue(means, meanOf(values.slice(start, end)), timestamp)
    start = end
  }
  return means
}

function meanOf(values: number[]): number {
  if (values.length === 1) return values[0] as number
  const sum: WideSum = { high: 0, low: 0, beyond: undefined }
  // Sorted, so that their order does not show in the last bit.
  for (const value of values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) addToSum(sum, value)
  return sumOver(sum, values.length)
}

function meanOver(timestamps: readonly number[], values: readonly number[], isLinear: boolean): number {
  // Near the largest double at a smaller scale, where an area does not overflow.
  const scale = values.some((value) => Math.abs(value) > 2 ** 900) ? 2 ** -100 : 1
  const sum: WideSum = { high: 0, low: 0, beyond: undefined }
  for (let i = 1; i < values.length; i++) {
    const ms = (timestamps[i] as number) - (timestamps[i - 1] as number)
    addArea(sum, (values[i - 1] as number) * scale, ms)
    if (isLinear) addArea(sum, (values[i] as number) * scale, ms)
  }
  const wholeMs = (timestamps.at(-1) as number) - (timestamps[0] as number)
  return sumOver(sum, isLinear ? 2 * wholeMs : wholeMs) / scale
}

/** To about 106 bits: the mean of one value over any times is that value. */
function addArea(sum: WideSum, value: number, ms: number): void {
  area.high = value
  area.low = 0
  if (Number.isFinite(value)) multiplyByDouble(area, ms)
  addToSum(sum, area.high)
  addToSum(sum, area.low)
}
