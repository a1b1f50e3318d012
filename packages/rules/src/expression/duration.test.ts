import fc from 'fast-check'
import { expect, it } from 'vitest'
import { durationMs, durationText } from './duration.ts'

it('reads whole numbers with a unit, and numbers of ms', () => {
  expect(['15s', '2m', '1h', '1d', '250ms', '0s', 1500].map(durationMs)).toEqual([
    15_000, 120_000, 3_600_000, 86_400_000, 250, 0, 1500,
  ])
})

it('reads nothing else', () => {
  for (const value of [
    '',
    '15',
    's',
    '1.5s',
    '-1s',
    '1 min',
    '1e3s',
    -1,
    0.5,
    Number.NaN,
    Infinity,
    null,
    {},
    '9007199254740993d',
  ]) {
    expect(durationMs(value)).toBeUndefined()
  }
})

it('writes a text that reads back as the same', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (ms) => durationMs(durationText(ms)) === ms))
  expect([0, 1500, 60_000, 90_000, 3_600_000].map(durationText)).toEqual(['0s', '1500ms', '1m', '90s', '1h'])
})
