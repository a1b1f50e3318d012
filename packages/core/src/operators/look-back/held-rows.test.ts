import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propertyRuns } from '../../../test/property-runs.ts'
import { addWaiting, compact, firstFrom, firstWaiting, noRows } from './held-rows.ts'

it('rows that wait stand by time, those of one time as they came, however far they have to go', () => {
  const times = fc.array(fc.integer({ min: -60, max: 60 }), { maxLength: 120, size: 'max' })
  fc.assert(
    fc.property(fc.nat(5), times, (taken, list) => {
      const rows = noRows<number>()
      // Those that were taken stay where they are, whatever comes.
      for (let i = 0; i < taken; i++) addWaiting(rows, -1, 1_000)
      rows.end = taken
      list.forEach((time, i) => {
        addWaiting(rows, i, time)
      })
      const expected = list.map((time, i) => ({ time, i })).sort((a, b) => a.time - b.time || a.i - b.i)
      expect(rows.times).toEqual([...Array<number>(taken).fill(1_000), ...expected.map(({ time }) => time)])
      expect(rows.values).toEqual([...Array<number>(taken).fill(-1), ...expected.map(({ i }) => i)])
      expect(firstWaiting(rows)).toBe(expected[0]?.time ?? Number.POSITIVE_INFINITY)
    }),
    { numRuns: propertyRuns() },
  )
})

it.each([0, 1, 15, 16, 17, 40])('what is before the head goes, of 40 rows %d', (head) => {
  const rows = noRows<number>()
  for (let time = 0; time < 40; time++) addWaiting(rows, time, time)
  Object.assign(rows, { head, first: head, end: 40 })
  compact(rows)
  expect(rows.values.slice(rows.head)).toEqual(Array.from({ length: 40 - head }, (_, i) => head + i))
  expect([rows.first, rows.end]).toEqual([rows.head, rows.values.length])
  expect(rows.values.length).toBeLessThanOrEqual(Math.max(2 * (40 - head), 40 - head + 16))
  expect(firstFrom(rows, 30)).toBe(Math.max(rows.head, 30 - (40 - rows.values.length)))
})
