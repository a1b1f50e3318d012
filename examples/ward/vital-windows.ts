import { type AggregateFunction, count, max, mean, min, type TimeWindow } from '@millrace/core'
import type { CleanReading } from './clean-readings.ts'
import { VITAL_NAMES, type Vital } from './reading.ts'

/** What a window says of one vital. A zero is a value; a blank is none. */
export interface VitalSummary {
  readonly count: number
  readonly mean: number | null
  readonly min: number | null
  readonly max: number | null
}

/** A line of `windows.ndjson`. A vital stands in it if any of the window's readings spoke of it, be it by a blank. */
export interface VitalWindow {
  readonly patientId: string
  readonly start: number
  readonly end: number
  /** All readings of the window, whatever they carry. */
  readonly count: number
  readonly vitals: { readonly [V in Vital]?: VitalSummary }
}

type Summary = 'fields' | 'count' | 'mean' | 'min' | 'max'
type VitalAggregates = Record<
  `${Vital}.${Summary}` | 'readings',
  AggregateFunction<CleanReading, unknown, number | undefined>
>

/** The aggregates of a window of readings: five a vital. */
export function vitalAggregates(): VitalAggregates {
  const aggregates: Record<string, unknown> = { readings: count<CleanReading>() }
  for (const vital of VITAL_NAMES) {
    const value = ({ reading }: CleanReading): number | null | undefined => reading[vital]
    aggregates[`${vital}.fields`] = count<CleanReading>(({ reading }) => (reading[vital] === undefined ? undefined : 1))
    aggregates[`${vital}.count`] = count<CleanReading>(value)
    aggregates[`${vital}.mean`] = mean<CleanReading>(value)
    aggregates[`${vital}.min`] = min<CleanReading>(value)
    aggregates[`${vital}.max`] = max<CleanReading>(value)
  }
  return aggregates as VitalAggregates
}

type WindowOfReadings = { readonly key: string; readonly window: TimeWindow } & {
  readonly [N in keyof VitalAggregates]: number | undefined
}

/** Makes the line of a window's result. */
export function vitalWindow(result: WindowOfReadings): VitalWindow {
  const vitals: { [V in Vital]?: VitalSummary } = {}
  for (const vital of VITAL_NAMES) {
    if (result[`${vital}.fields`] === 0) continue
    vitals[vital] = {
      count: result[`${vital}.count`] ?? 0,
      mean: result[`${vital}.mean`] ?? null,
      min: result[`${vital}.min`] ?? null,
      max: result[`${vital}.max`] ?? null,
    }
  }
  const { start, end } = result.window
  return { patientId: result.key, start, end, count: result.readings ?? 0, vitals }
}
