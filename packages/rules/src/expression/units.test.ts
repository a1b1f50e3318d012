import { describe, expect, it } from 'vitest'
import { dimensionOf, meantUnit, toCanonicalUnit, unitsOf } from './units.ts'

describe('units', () => {
  it.each([
    [1, 'Hz', 60],
    [1.5, '/s', 90],
    [6000, '/h', 100],
    [72, '{beats}/min', 72],
    [16, '1/min', 16],
    [12, 'kPa', 12 / 0.133322],
    [13.3322, 'kPa', 100],
    [133.322, 'hPa', 100],
    [13332.2, 'Pa', 100],
    [10, 'cm[H2O]', 0.980665 / 0.133322],
    [98.6, '[degF]', 37],
    [100.4, '[degF]', 38],
    [-40, '[degF]', -40],
    [310.15, 'K', 37],
    [36.6, 'Cel', 36.6],
    [97.3, '%', 97.3],
  ])('%s %s is converted', (value, unit, canonical) => {
    expect(toCanonicalUnit(value, unit)).toBeCloseTo(canonical, 8)
  })

  it('converts without a hair left over, so that a limit in one unit meets a value in another', () => {
    expect(toCanonicalUnit(100.4, '[degF]')).toBe(38)
    for (let tenths = 300; tenths < 450; tenths++) {
      const celsius = tenths / 10
      expect(toCanonicalUnit(Number((celsius * 1.8 + 32).toFixed(2)), '[degF]')).toBe(celsius)
      expect(toCanonicalUnit(Number((celsius + 273.15).toFixed(2)), 'K')).toBe(celsius)
    }
  })

  it('are told apart by case, and never guessed', () => {
    for (const unit of ['mmHg', 'mmhg', 'bpm', 'C', 'F', '°C', 'percent', 'kpa', '', '{beats}', 'constructor']) {
      expect(dimensionOf(unit)).toBeUndefined()
      expect(toCanonicalUnit(1, unit)).toBeUndefined()
    }
  })

  it('are proposed where the meaning is plain', () => {
    expect(['mmHg', ' bpm ', '°F', 'KPA', 'percent'].map(meantUnit)).toEqual(['mm[Hg]', '/min', '[degF]', 'kPa', '%'])
    expect(meantUnit('furlong')).toBeUndefined()
  })

  it('of one dimension are listed', () => {
    expect(unitsOf('temperature')).toEqual(['Cel', '[degF]', 'K'])
  })
})
