import type { WindowFunction } from '../expression.ts'
import { count } from './count.ts'
import { fall } from './fall.ts'
import { first } from './first.ts'
import { last } from './last.ts'
import { max } from './max.ts'
import { mean } from './mean.ts'
import { median } from './median.ts'
import { min } from './min.ts'
import type { OfReadings } from './readings.ts'
import { rise } from './rise.ts'
import { slope } from './slope.ts'
import { sum } from './sum.ts'
import { variability } from './variability.ts'

/** The functions that the values in a window are enough for; the others need the time between readings, or slices. */
export const WINDOW_FUNCTIONS_OF_READINGS: Readonly<
  Record<Exclude<WindowFunction, 'timeInRange' | 'baseline'>, OfReadings>
> = { mean, median, min, max, first, last, count, sum, slope, rise, fall, variability }
