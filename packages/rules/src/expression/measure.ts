/** What every measure is a product of, each in its canonical unit: min, mm[Hg], %, K, kg, L, m, mol. */
const BASES = ['time', 'pressure', 'fraction', 'temperature', 'mass', 'volume', 'length', 'amount'] as const
export type Base = (typeof BASES)[number]

const BASE_UNITS: Readonly<Record<Base, string>> = {
  time: 'min',
  pressure: 'mm[Hg]',
  fraction: '%',
  temperature: 'K',
  mass: 'kg',
  volume: 'L',
  length: 'm',
  amount: 'mol',
}

/**
 * What a number measures: a product of powers. A temperature on its scale (`isPoint`) is apart from a difference of
 * temperatures: 100.4 [degF] is 38 Cel, and a rise of 1.8 [degF] is one of 1 K.
 */
export interface Measure {
  readonly powers: Readonly<Partial<Record<Base, number>>>
  readonly isPoint: boolean
}

export const NUMBER: Measure = { powers: {}, isPoint: false }
export const TIME: Measure = { powers: { time: 1 }, isPoint: false }
export const FRACTION: Measure = { powers: { fraction: 1 }, isPoint: false }

// Names of the measures that have one, for messages.
const NAMES: Readonly<Record<string, string>> = {
  '': 'number',
  'time-1': 'rate',
  time1: 'time',
  pressure1: 'pressure',
  fraction1: 'fraction',
  temperature1: 'temperature difference',
  mass1: 'mass',
  volume1: 'volume',
  length1: 'length',
  amount1: 'amount',
}

export function equalMeasures(left: Measure, right: Measure): boolean {
  return left.isPoint === right.isPoint && keyOf(left) === keyOf(right)
}

/** The product of the measures, the second to the given power: -1 divides. Points on a scale have none. */
export function times(left: Measure, right: Measure, power: 1 | -1 = 1): Measure {
  const powers = { ...left.powers }
  for (const base of BASES) {
    const sum = (powers[base] ?? 0) + power * (right.powers[base] ?? 0)
    if (sum === 0) delete powers[base]
    else powers[base] = sum
  }
  return { powers, isPoint: false }
}

/** What the difference of two values measures. */
export function differenceOf(measure: Measure): Measure {
  return measure.isPoint ? { ...measure, isPoint: false } : measure
}

/** Whether it is a temperature, on its scale or as a difference. */
export function isTemperature({ powers }: Measure): boolean {
  return keyOf({ powers, isPoint: false }) === 'temperature1'
}

/** The measure in words: `rate`, `pressure`, `pressure per time`. */
export function measureName(measure: Measure): string {
  if (measure.isPoint) return 'temperature'
  const known = NAMES[keyOf(measure)]
  if (known !== undefined) return known
  const words = (sign: 1 | -1) =>
    BASES.filter((base) => (measure.powers[base] ?? 0) * sign > 0).map((base) => {
      const power = Math.abs(measure.powers[base] as number)
      return power === 1 ? base : `${base}^${power}`
    })
  const [over, under] = [words(1), words(-1)]
  const below = under.map((word) => `per ${word}`)
  return [over.join(' times ') || (below.length > 0 ? 'one' : 'number'), ...below].join(' ')
}

/** By measure: asked for with every alarm. */
const canonicalUnits = new WeakMap<Measure, string>()

/** The UCUM unit in which values of the measure are compared: `/min`, `mm[Hg]/min`, `1`. */
export function canonicalUnitOf(measure: Measure): string {
  const known = canonicalUnits.get(measure)
  if (known !== undefined) return known
  const unit = measure.isPoint ? 'Cel' : unitOfPowers(measure)
  canonicalUnits.set(measure, unit)
  return unit
}

function unitOfPowers(measure: Measure): string {
  const factors = (sign: 1 | -1) =>
    BASES.filter((base) => (measure.powers[base] ?? 0) * sign > 0).map((base) => {
      const power = Math.abs(measure.powers[base] as number)
      return power === 1 ? BASE_UNITS[base] : `${BASE_UNITS[base]}${power}`
    })
  const [over, under] = [factors(1), factors(-1)]
  return over.join('.') + under.map((factor) => `/${factor}`).join('') || '1'
}

function keyOf({ powers }: Measure): string {
  return BASES.filter((base) => powers[base] !== undefined && powers[base] !== 0)
    .map((base) => `${base}${powers[base]}`)
    .join(' ')
}
