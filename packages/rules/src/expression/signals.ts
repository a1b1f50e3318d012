/**
 * The vital signs that rules can speak of: what each measures, the UCUM unit of a plain number in a reading (comparisons
 * are made in it), how long a value holds when no other comes, and its name in the text of a condition.
 */
export const SIGNALS = {
  heartRate: { dimension: 'rate', unit: '/min', validForMs: 60_000, text: 'heart-rate' },
  pulseRate: { dimension: 'rate', unit: '/min', validForMs: 60_000, text: 'pulse-rate' },
  respiratoryRate: { dimension: 'rate', unit: '/min', validForMs: 60_000, text: 'respiratory-rate' },
  spo2: { dimension: 'fraction', unit: '%', validForMs: 60_000, text: 'spo2' },
  systolic: { dimension: 'pressure', unit: 'mm[Hg]', validForMs: 3_600_000, text: 'systolic' },
  diastolic: { dimension: 'pressure', unit: 'mm[Hg]', validForMs: 3_600_000, text: 'diastolic' },
  meanArterialPressure: {
    dimension: 'pressure',
    unit: 'mm[Hg]',
    validForMs: 3_600_000,
    text: 'mean-arterial-pressure',
  },
  temperature: { dimension: 'temperature', unit: 'Cel', validForMs: 14_400_000, text: 'temperature' },
} as const

export type Signal = keyof typeof SIGNALS

/** In the order in which a patient's state holds them. */
export const SIGNAL_NAMES: readonly Signal[] = Object.keys(SIGNALS) as Signal[]

export function isSignal(name: unknown): name is Signal {
  return typeof name === 'string' && Object.hasOwn(SIGNALS, name)
}

/** The dimension that a signal is measured in. */
export type DimensionOf<S extends Signal> = (typeof SIGNALS)[S]['dimension']
