import { type Base, type Measure, NUMBER, times } from './measure.ts'
import { dimensionOf, meantUnit, toCanonicalUnit, toCanonicalUnitSql } from './units.ts'

/** A UCUM unit, taken apart. */
export interface UnitTerm {
  /** What it measures; of a temperature alone, a point on its scale. */
  readonly measure: Measure
  /** How many canonical units one of it is; of a temperature alone, as a difference. */
  readonly factor: number
}

type Atom = readonly [factor: number, powers: Readonly<Partial<Record<Base, number>>>]

const MMHG_IN_KPA = 0.133322

// The factors are exact by UCUM: a is the Julian year of 365.25 d, mo a twelfth of it, [lb_av] and [in_i] are international.
const ATOMS: Readonly<Record<string, Atom>> = {
  '1': [1, {}],
  ms: [1 / 60_000, { time: 1 }],
  s: [1 / 60, { time: 1 }],
  min: [1, { time: 1 }],
  h: [60, { time: 1 }],
  d: [1440, { time: 1 }],
  wk: [10_080, { time: 1 }],
  mo: [43_830, { time: 1 }],
  a: [525_960, { time: 1 }],
  Hz: [60, { time: -1 }],
  '%': [1, { fraction: 1 }],
  'mm[Hg]': [1, { pressure: 1 }],
  kPa: [1 / MMHG_IN_KPA, { pressure: 1 }],
  hPa: [1 / (MMHG_IN_KPA * 10), { pressure: 1 }],
  Pa: [1 / (MMHG_IN_KPA * 1000), { pressure: 1 }],
  'cm[H2O]': [0.0980665 / MMHG_IN_KPA, { pressure: 1 }],
  K: [1, { temperature: 1 }],
  Cel: [1, { temperature: 1 }],
  '[degF]': [5 / 9, { temperature: 1 }],
  kg: [1, { mass: 1 }],
  g: [1e-3, { mass: 1 }],
  mg: [1e-6, { mass: 1 }],
  ug: [1e-9, { mass: 1 }],
  '[lb_av]': [0.45359237, { mass: 1 }],
  L: [1, { volume: 1 }],
  dL: [0.1, { volume: 1 }],
  mL: [1e-3, { volume: 1 }],
  m: [1, { length: 1 }],
  cm: [0.01, { length: 1 }],
  mm: [1e-3, { length: 1 }],
  '[in_i]': [0.0254, { length: 1 }],
  mol: [1, { amount: 1 }],
  mmol: [1e-3, { amount: 1 }],
  umol: [1e-6, { amount: 1 }],
}

// What people write for an atom. Never accepted, only proposed.
const MEANT: Readonly<Record<string, string>> = {
  year: 'a',
  years: 'a',
  yr: 'a',
  yrs: 'a',
  y: 'a',
  months: 'mo',
  weeks: 'wk',
  days: 'd',
  hours: 'h',
  hr: 'h',
  minutes: 'min',
  mins: 'min',
  seconds: 's',
  sec: 's',
  kgs: 'kg',
  kilogram: 'kg',
  lb: '[lb_av]',
  lbs: '[lb_av]',
  pounds: '[lb_av]',
  litre: 'L',
  liter: 'L',
  '[in]': '[in_i]',
}

const COMPONENT = /^((?:\[[^[\]]*\]|[^\s{}./0-9[\]])+|1)(\d?)$/
const LONGEST = 64

/**
 * Takes a UCUM unit apart: a product or quotient of known atoms, each perhaps to a power of one digit, read from the left
 * (`/min/mm[Hg]`, `mm[Hg]/h`, `kg/m2`). Annotations in braces say nothing. `undefined` for what is not known.
 */
export function unitTerm(unit: string): UnitTerm | undefined {
  const plain = unit.replace(/\{[^{}]*\}/g, '')
  if (unit === '' || plain.length > LONGEST) return undefined
  if (plain === '') return { measure: NUMBER, factor: 1 }
  let measure = NUMBER
  let factor = 1
  const parts = plain.split(/([./])/)
  // A unit may begin with a stroke; elsewhere every stroke and dot stands between two components.
  for (let i = parts[0] === '' && parts[1] === '/' ? 2 : 0; i < parts.length; i += 2) {
    const found = COMPONENT.exec(parts[i] as string)
    const atom = found === null ? undefined : atomOf(found[1] as string)
    if (found === null || atom === undefined) return undefined
    const sign = parts[i - 1] === '/' ? -1 : 1
    for (let power = Number(found[2] || 1); power > 0; power--) {
      measure = times(measure, { powers: atom[1], isPoint: false }, sign)
      factor = sign === 1 ? factor * atom[0] : factor / atom[0]
    }
  }
  const isPoint = plain === 'Cel' || plain === '[degF]' || plain === 'K'
  return { measure: isPoint ? { ...measure, isPoint } : measure, factor }
}

/**
 * A quantity as a number in the canonical unit of what it is to measure: a temperature alone may be a point on its scale or
 * a difference. `undefined` where it measures something else.
 */
export function canonicalValue(value: number, unit: string, isPoint: boolean): number | undefined {
  const term = unitTerm(unit)
  if (term === undefined) return undefined
  // One conversion, and one rounding, for whatever is compared with readings.
  if (dimensionOf(unit) !== undefined && (!term.measure.isPoint || isPoint)) return toCanonicalUnit(value, unit)
  return term.factor === 1 ? value : Number((value * term.factor).toPrecision(12))
}

/** The unit that someone may have meant, where that can be told. */
export function meantTerm(unit: string): string | undefined {
  const word = unit.trim().toLowerCase()
  return Object.hasOwn(MEANT, word) ? MEANT[word] : meantUnit(unit)
}

/** As `canonicalValue`, in SQL, of a known unit: DuckDB writes twelve digits as `toPrecision` does. */
export function canonicalValueSql(value: string, unit: string, isPoint: boolean): string {
  const { factor, measure } = unitTerm(unit) as UnitTerm
  if (dimensionOf(unit) !== undefined && (!measure.isPoint || isPoint)) return toCanonicalUnitSql(value, unit)
  return factor === 1 ? value : `format('{:.11e}', ${value} * '${factor}'::double)::double`
}

function atomOf(name: string): Atom | undefined {
  return Object.hasOwn(ATOMS, name) ? ATOMS[name] : undefined
}
