import { expect, it } from 'vitest'
import { canonicalUnitOf, measureName } from './measure.ts'
import { SIGNALS } from './signals.ts'
import { canonicalValue, unitTerm } from './unit-term.ts'

it.each([
  ['/min', 'rate', '/min', 1],
  ['{beats}/min', 'rate', '/min', 1],
  ['1/min', 'rate', '/min', 1],
  ['Hz', 'rate', '/min', 60],
  ['mm[Hg]/h', 'pressure per time', 'mm[Hg]/min', 1 / 60],
  ['kPa/s', 'pressure per time', 'mm[Hg]/min', 60 / 0.133322],
  ['/min/mm[Hg]', 'one per time per pressure', '/min/mm[Hg]', 1],
  ['K/h', 'temperature per time', 'K/min', 1 / 60],
  ['[degF]/min', 'temperature per time', 'K/min', 5 / 9],
  ['kg/m2', 'mass per length^2', 'kg/m2', 1],
  ['mg/dL', 'mass per volume', 'kg/L', 1e-5],
  ['mmol/L', 'amount per volume', 'mol/L', 1e-3],
  ['a', 'time', 'min', 365.25 * 24 * 60],
  ['1', 'number', '1', 1],
  ['{score}', 'number', '1', 1],
  ['%', 'fraction', '%', 1],
])('%s measures a %s', (unit, name, canonical, factor) => {
  const term = unitTerm(unit)
  expect(term && measureName(term.measure)).toBe(name)
  expect(term && canonicalUnitOf(term.measure)).toBe(canonical)
  expect(term?.factor).toBeCloseTo(factor, 12)
})

it('is unknown where an atom, a stroke or a power is', () => {
  for (const unit of [
    '',
    'bpm',
    '/',
    'min/',
    '//min',
    'mmHg/h',
    'kg/m22',
    'min.',
    '.min',
    'constructor',
    '2',
    '1 /min',
    'm'.repeat(65),
  ])
    expect(unitTerm(unit), unit).toBeUndefined()
})

it('has the canonical unit of every signal as its own', () => {
  for (const { unit } of Object.values(SIGNALS)) {
    const term = unitTerm(unit)
    expect(term && canonicalUnitOf(term.measure)).toBe(unit)
  }
})

it('tells a temperature on its scale from a difference', () => {
  expect(canonicalValue(100.4, '[degF]', true)).toBe(38)
  expect(canonicalValue(1.8, '[degF]', false)).toBe(1)
  expect(canonicalValue(310.15, 'K', true)).toBe(37)
  expect(canonicalValue(1, 'K', false)).toBe(1)
  expect(canonicalValue(2, 'K/h', false)).toBeCloseTo(2 / 60, 12)
})
