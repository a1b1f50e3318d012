import fc from 'fast-check'
import { expect, it } from 'vitest'
import { topNOperator } from '../src/operators/look-back/top-n.ts'
import { drive, type Outcome, type Reading, streams } from './look-back-driver.ts'
import { propertyRuns } from './property-runs.ts'

it('the first n agree with sorting all that have arrived', () => {
  const rankOf = (r: Reading): number | null => (r.value % 4 === 0 ? null : Math.trunc(r.value / 2))
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      streams(40),
      fc.boolean(),
      (n, ascending, steps, pauses) => {
        const readings = steps.flatMap((step) => (step.type === 'record' ? [step.reading] : []))
        const emitted: Outcome['emitted'] = []
        let shown = new Map<unknown, readonly Reading[]>()
        readings.forEach((reading, i) => {
          const ranked = readings.slice(0, i + 1).filter((r) => r.key === reading.key && rankOf(r) !== null)
          // Sorting is stable: of equal numbers the first to arrive stays ahead.
          ranked.sort((a, b) => ((rankOf(a) ?? 0) - (rankOf(b) ?? 0)) * (ascending ? 1 : -1))
          const top = ranked.slice(0, n)
          const before = shown.get(reading.key) ?? []
          if (top.length === before.length && top.every((r, at) => r === before[at])) return
          shown = shown.set(reading.key, top)
          emitted.push({ value: { key: reading.key, top }, timestamp: reading.time })
        })
        const actual = drive(topNOperator<Reading, string>(n, { by: rankOf, ascending }), steps, pauses)
        expect(actual.emitted).toEqual(emitted)
        expect(actual.counters.unranked ?? 0).toBe(readings.filter((r) => rankOf(r) === null).length)
      },
    ),
    { numRuns: propertyRuns() },
  )
})
