/** A signal of the readings, as rules name it. */
export type SignalName = 'heartRate' | 'respiratoryRate' | 'spo2' | 'systolic' | 'temperature'

/** One threshold rule: raised after `delayS` beyond `limit`, cleared after `clearS` back behind `clearLimit`. */
export interface Threshold {
  readonly signal: SignalName
  readonly direction: 'above' | 'below'
  readonly limit: number
  readonly delayS: number
  readonly clearLimit: number
  readonly clearS: number
}

const SIGNALS = [
  { signal: 'heartRate', low: 60, high: 100, step: 6 },
  { signal: 'respiratoryRate', low: 12, high: 20, step: 2 },
  { signal: 'spo2', low: 95, high: 99, step: 1 },
  { signal: 'systolic', low: 100, high: 140, step: 8 },
  { signal: 'temperature', low: 36, high: 38, step: 0.5 },
] as const

/** 50 of them: five further and further out on each side of five signals, the further the sooner. */
export const thresholds: readonly Threshold[] = SIGNALS.flatMap(({ signal, low, high, step }) =>
  [0, 1, 2, 3, 4].flatMap((n): Threshold[] => [
    {
      signal,
      direction: 'above',
      limit: high + n * step,
      delayS: 30 - n * 6,
      clearLimit: high + (n - 0.5) * step,
      clearS: 10,
    },
    {
      signal,
      direction: 'below',
      limit: low - n * step,
      delayS: 30 - n * 6,
      clearLimit: low - (n - 0.5) * step,
      clearS: 10,
    },
  ]),
)
