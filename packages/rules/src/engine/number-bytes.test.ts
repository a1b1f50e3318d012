import { expect, it } from 'vitest'
import { bytesOf, numbersOf, turned } from './number-bytes.ts'

const numbers = Float64Array.of(0, -0, 1, -1.5, Number.NaN, Infinity, 5e-324, 1_700_000_000_000)

it('numbers are stored little endian, whatever lies around them', () => {
  const bytes = bytesOf(Float64Array.of(7, ...numbers, 8).subarray(1, -1))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  expect(Array.from(numbers, (_, i) => view.getFloat64(8 * i, true))).toEqual([...numbers])
  expect(bytes).toHaveLength(8 * numbers.length)
})

it('and are read at any place of a buffer', () => {
  const bytes = bytesOf(numbers)
  const shifted = new Uint8Array(bytes.length + 3)
  shifted.set(bytes, 3)
  expect(numbersOf(shifted.subarray(3))).toEqual(numbers)
})

it('a machine of the other kind turns each of them', () => {
  const view = new DataView(turned(bytesOf(numbers)).buffer)
  expect(Array.from(numbers, (_, i) => view.getFloat64(8 * i, false))).toEqual([...numbers])
})
