/** What a unit measures. Each has one canonical unit, in which values are compared. */
export type Dimension = 'rate' | 'fraction' | 'pressure' | 'temperature'

/** The UCUM units that are known, and what each measures. */
interface Units {
  readonly '/min': 'rate'
  readonly '/s': 'rate'
  readonly '/h': 'rate'
  readonly Hz: 'rate'
  readonly '%': 'fraction'
  readonly 'mm[Hg]': 'pressure'
  readonly kPa: 'pressure'
  readonly hPa: 'pressure'
  readonly Pa: 'pressure'
  readonly 'cm[H2O]': 'pressure'
  readonly Cel: 'temperature'
  readonly '[degF]': 'temperature'
  readonly K: 'temperature'
}

type UnitCode = keyof Units

/** The UCUM units in which a dimension can be written. */
export type UnitOf<D extends Dimension> = { [U in UnitCode]: Units[U] extends D ? U : never }[UnitCode]

interface UnitEntry<D extends Dimension = Dimension> {
  readonly dimension: D
  /** To the dimension's canonical unit (`/min`, `%`, `mm[Hg]`, `Cel`); absent where it is that unit. */
  readonly toCanonical?: Conversion
}

/** `(value - less) * times / by`, in this order, each step left out that changes nothing. */
interface Conversion {
  readonly less?: number
  readonly times?: number
  readonly by?: number
}

// UCUM defines m[Hg] as 133.3220 kPa and m[H2O] as 9.80665 kPa.
const MMHG_IN_KPA = 0.133322

const UNITS: { readonly [U in UnitCode]: UnitEntry<Units[U]> } = {
  '/min': { dimension: 'rate' },
  '/s': { dimension: 'rate', toCanonical: { times: 60 } },
  '/h': { dimension: 'rate', toCanonical: { by: 60 } },
  Hz: { dimension: 'rate', toCanonical: { times: 60 } },
  '%': { dimension: 'fraction' },
  'mm[Hg]': { dimension: 'pressure' },
  kPa: { dimension: 'pressure', toCanonical: { by: MMHG_IN_KPA } },
  hPa: { dimension: 'pressure', toCanonical: { by: MMHG_IN_KPA * 10 } },
  Pa: { dimension: 'pressure', toCanonical: { by: MMHG_IN_KPA * 1000 } },
  'cm[H2O]': { dimension: 'pressure', toCanonical: { times: 0.0980665, by: MMHG_IN_KPA } },
  Cel: { dimension: 'temperature' },
  '[degF]': { dimension: 'temperature', toCanonical: { less: 32, times: 5, by: 9 } },
  K: { dimension: 'temperature', toCanonical: { less: 273.15 } },
}

// What people write for a unit. Never accepted, only proposed: UCUM is case-sensitive, and a guess may be wrong.
const MEANT: Readonly<Record<string, UnitCode>> = {
  mmhg: 'mm[Hg]',
  torr: 'mm[Hg]',
  bpm: '/min',
  brpm: '/min',
  'beats/min': '/min',
  'breaths/min': '/min',
  'per minute': '/min',
  '1/minute': '/min',
  '/minute': '/min',
  '/second': '/s',
  percent: '%',
  pct: '%',
  c: 'Cel',
  '°c': 'Cel',
  degc: 'Cel',
  '[degc]': 'Cel',
  celsius: 'Cel',
  f: '[degF]',
  '°f': '[degF]',
  degf: '[degF]',
  fahrenheit: '[degF]',
  kelvin: 'K',
  cmh2o: 'cm[H2O]',
  kilopascal: 'kPa',
}

/** All units of a dimension, for a message that lists them. */
export function unitsOf(dimension: Dimension): string[] {
  return Object.entries(UNITS)
    .filter(([, entry]) => entry.dimension === dimension)
    .map(([unit]) => unit)
}

/** What a unit measures; `undefined` for a unit that is not known. Annotations in braces say nothing: `{beats}/min`. */
export function dimensionOf(unit: string): Dimension | undefined {
  return find(unit)?.dimension
}

/**
 * A value in its dimension's canonical unit; `undefined` for a unit that is not known. A converted value is rounded to
 * nine decimals, so that 100.4 [degF] is 38 Cel and not a hair above.
 */
export function toCanonicalUnit(value: number, unit: string): number | undefined {
  const entry = find(unit)
  if (entry === undefined) return undefined
  if (entry.toCanonical === undefined) return value
  const { less = 0, times = 1, by = 1 } = entry.toCanonical
  return Math.round((((value - less) * times) / by) * 1e9) / 1e9
}

/** As `toCanonicalUnit`, in SQL, of a known unit. */
export function toCanonicalUnitSql(value: string, unit: string): string {
  const conversion = find(unit)?.toCanonical
  if (conversion === undefined) return value
  const { less = 0, times = 1, by = 1 } = conversion
  // What is too great to have decimals is not rounded: one half could not be added to it.
  const scaled = `((${value} - ${less}e0) * ${times}e0 / ${by}e0 * 1e9)`
  return `(case when abs(${scaled}) < 4503599627370496e0 then floor(${scaled} + 0.5e0) else ${scaled} end / 1e9)`
}

/** The unit that someone may have meant, where that can be told. */
export function meantUnit(unit: string): string | undefined {
  const written = unit.trim().toLowerCase()
  if (Object.hasOwn(MEANT, written)) return MEANT[written]
  return Object.keys(UNITS).find((known) => known.toLowerCase() === written)
}

function find(unit: string): UnitEntry | undefined {
  if (Object.hasOwn(UNITS, unit)) return UNITS[unit as UnitCode]
  const plain = unit.replace(/\{[^{}]*\}/g, '').replace(/^1\//, '/')
  return Object.hasOwn(UNITS, plain) ? UNITS[plain as UnitCode] : undefined
}
