import { expect, test } from 'vitest'
import { PieceSizes } from './piece-sizes.ts'

const MIB = 1024 * 1024

test('a piece is the larger the fewer objects are open, and the first of each is small', () => {
  const sizes = new PieceSizes(undefined)
  const first = sizes.opened()
  expect([first(), first()]).toEqual([MIB / 4, 4 * MIB])
  const others = Array.from({ length: 15 }, () => sizes.opened())
  expect(others.map((next) => next())).toEqual(Array(15).fill(MIB / 4))
  expect(first()).toBe(2 * MIB)
  for (const _ of Array(1_000)) sizes.opened()
  expect(first()).toBe(MIB / 4)
  for (const _ of Array(1_015)) sizes.closed()
  expect(first()).toBe(4 * MIB)
})

test('a size that was asked for stays', () => {
  const next = new PieceSizes(17).opened()
  expect([next(), next()]).toEqual([17, 17])
})
