import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propertyRuns } from '../../test/property-runs.ts'
import { BucketHistogram } from './histogram.ts'

it('gives quantiles within five percent of those of the sorted numbers, and the rest exactly', () => {
  const value = fc.oneof(fc.double({ min: 1e-5, max: 1e15, noNaN: true }), fc.integer({ min: 1, max: 100 }))
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), (values) => {
      const histogram = new BucketHistogram()
      for (const v of values) histogram.record(v)
      const summary = histogram.summary()
      const sorted = values.toSorted((a, b) => a - b)
      for (const [share, quantile] of [
        [0.5, summary.p50],
        [0.9, summary.p90],
        [0.99, summary.p99],
      ] as const) {
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number
        expect(quantile).toBeGreaterThanOrEqual(exact * (1 - 1e-9))
        expect(quantile).toBeLessThanOrEqual(exact * 1.05)
      }
      expect([summary.min, summary.max, summary.count]).toEqual([sorted[0], sorted.at(-1), values.length])
      expect(summary.mean).toBeCloseTo(values.reduce((a, b) => a + b, 0) / values.length, -6)
    }),
    { numRuns: propertyRuns() },
  )
})

it('counts what is no number of zero or more, and nothing else of it', () => {
  const histogram = new BucketHistogram()
  for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY, 0]) histogram.record(value)
  expect(histogram.summary()).toEqual({ count: 1, min: 0, max: 0, mean: 0, p50: 0, p90: 0, p99: 0, invalid: 3 })
  expect(new BucketHistogram().summary()).toEqual({
    count: 0,
    min: 0,
    max: 0,
    mean: 0,
    p50: 0,
    p90: 0,
    p99: 0,
    invalid: 0,
  })
})
