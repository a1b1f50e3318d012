import { describe, expect, test } from 'vitest'
import { compareRows, type Row } from './compare-rows.ts'

const a: Row = { patient: 'a', low: 1, average: 2 }
const b: Row = { patient: 'b', low: null, average: null }

describe('compareRows', () => {
  test('the order of rows and of columns does not count', () => {
    const rows = [{ average: 2, patient: 'a', low: 1 }, b]
    expect(compareRows([b, a], rows)).toEqual({ equal: 2, onlyThere: [], onlyHere: [], differing: [] })
  })

  test('how often a row comes does', () => {
    expect(compareRows([a, a, b], [a, b, b])).toEqual({ equal: 2, onlyThere: [a], onlyHere: [b], differing: [] })
  })

  test('no rows equal no rows, and a bag without an end is only in one', () => {
    expect(compareRows([], []).equal).toBe(0)
    expect(compareRows([a, b], []).onlyThere).toEqual([a, b])
    expect(compareRows([], [a, b]).onlyHere).toEqual([a, b])
  })

  test('null, 0, the empty text and the text of a number are four values', () => {
    const values = [null, 0, '', '0']
    for (const there of values) {
      for (const here of values) {
        expect(compareRows([{ value: there }], [{ value: here }]).equal, `${there} ${here}`).toBe(
          there === here ? 1 : 0,
        )
        const rough = compareRows([{ value: there }], [{ value: here }], ['value'])
        expect(rough.equal, `${there} ${here}, roughly`).toBe(there === here ? 1 : 0)
      }
    }
  })

  test('a column that one side has not is a difference', () => {
    expect(compareRows([{ patient: 'a' }], [{ patient: 'a', low: 1 }]).equal).toBe(0)
    expect(compareRows([{ patient: 'a' }], [{ patient: 'a', low: 1 }], ['low']).equal).toBe(0)
  })

  test('rough columns may be one part in 1e9 apart, exact ones not at all', () => {
    const there = { patient: 'a', average: 1_000 }
    expect(compareRows([there], [{ ...there, average: 1_000.000_000_1 }], ['average']).equal).toBe(1)
    expect(compareRows([there], [{ ...there, average: 1_000.000_000_1 }]).equal).toBe(0)
    const off = { ...there, average: 1_000.000_01 }
    expect(compareRows([there], [off], ['average'])).toEqual({
      ...{ equal: 0, onlyThere: [], onlyHere: [] },
      differing: [[there, off]],
    })
  })

  test('rows that differ in rough columns alone meet in the order of those', () => {
    const rows = [3, 1, 2].map((average) => ({ patient: 'a', average }))
    const moved = [2, 3, 1].map((average) => ({ patient: 'a', average: average + 1e-12 }))
    expect(compareRows(rows, moved, ['average']).equal).toBe(3)
  })
})
