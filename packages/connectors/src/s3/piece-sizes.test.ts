import { expect, test } from 'vitest'
import { PieceSizes } from './piece-sizes.ts'

const MIB = 1024 * 1024

test('a piece is the larger the fewer objects are open, and the first of each is small', () => {
  const sizes = new PieceSizes(undefined)
  const first = sizes.opened()
  expect([first.chunkBytes(), first.chunkBytes()]).toEqual([MIB / 4, 4 * MIB])
  const others = Array.from({ length: 15 }, () => sizes.opened())
  expect(others.map((each) => each.chunkBytes())).toEqual(Array(15).fill(MIB / 4))
  expect(first.chunkBytes()).toBe(2 * MIB)
  for (const _ of Array(1_000)) sizes.opened()
  expect(first.chunkBytes()).toBe(MIB / 4)
  for (const _ of Array(1_015)) sizes.closed()
  expect(first.chunkBytes()).toBe(4 * MIB)
})

test('of many objects no piece is asked for ahead of need', () => {
  const sizes = new PieceSizes(undefined)
  const first = sizes.opened()
  for (const _ of Array(127)) sizes.opened()
  expect(first.readsAhead()).toBe(true)
  sizes.opened()
  expect(first.readsAhead()).toBe(false)
  sizes.closed()
  expect(first.readsAhead()).toBe(true)
})

test('a size that was asked for stays', () => {
  const each = new PieceSizes(17).opened()
  expect([each.chunkBytes(), each.chunkBytes(), each.readsAhead()]).toEqual([17, 17, true])
})
