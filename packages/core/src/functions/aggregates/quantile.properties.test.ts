import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrivals, gather, numbersAndGaps, present, slide } from '../../../test/gathering.ts'
import { propertyRuns } from '../../../test/property-runs.ts'
import { approximateQuantile } from './approximate-quantile.ts'
import { median } from './median.ts'
import { quantile } from './quantile.ts'

// What this family catches: a wrong rank, a value lost, doubled or not taken back, an order that shows, an error beyond the
// one that is promised. What it cannot: how fast it is.

type Sample = number | null | undefined
/** What rounding may leave of doubles near the smallest, which have few bits. */
const SMALLEST = 4 * 5e-324
const itself = (value: Sample): Sample => value

const anyNumber = fc.oneof(
  fc.double(),
  fc.integer({ min: 20, max: 300 }),
  fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, -5e-324, 1023.5),
)
const q = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.25, 0.5, 0.75, 1))

/** The definition, over a sorted list that holds every value as often as it was seen. */
function modelQuantile(values: readonly number[], each: number): number | undefined {
  const sorted = values.map((x) => x + 0).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  if (sorted.length === 0) return undefined
  const position = each * (sorted.length - 1)
  const lower = sorted[Math.floor(position)] as number
  const upper = sorted[Math.ceil(position)] as number
  const part = position - Math.floor(position)
  if (part === 0 || lower === upper) return lower
  if (Number.isFinite(lower) && Number.isFinite(upper)) return lower * (1 - part) + upper * part
  return lower + upper
}

function expectNear(actual: number | undefined, expected: number | undefined, tolerance: number): void {
  if (expected === undefined || !Number.isFinite(expected)) expect(actual).toBe(expected)
  else if (Math.abs(expected) > 1e300)
    expect(Math.abs((actual as number) / 8 - expected / 8)).toBeLessThanOrEqual(tolerance)
  else expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(tolerance)
}

/** The two values between which a quantile lies, the larger of their sizes. */
function sizeAround(values: readonly number[], each: number): number {
  const sorted = values.map((x) => x + 0).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const position = each * (sorted.length - 1)
  return Math.max(Math.abs(sorted[Math.floor(position)] ?? 0), Math.abs(sorted[Math.ceil(position)] ?? 0))
}

describe('quantile', () => {
  it('agrees with a sorted list', () => {
    fc.assert(
      fc.property(arrivals(numbersAndGaps(anyNumber)), q, ({ arrived, cuts }, each) => {
        const values = present(arrived)
        expectNear(
          gather(quantile(itself, each), arrived, cuts),
          modelQuantile(values, each),
          sizeAround(values, each) * 2 ** -50 + SMALLEST,
        )
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('does not show the order of records or of merging', () => {
    fc.assert(
      fc.property(arrivals(numbersAndGaps(anyNumber)), q, ({ arrived, shuffled, cuts, otherCuts }, each) => {
        for (const aggregate of [quantile(itself, [each, 0.5]), approximateQuantile(itself, [each, 0.5])]) {
          expect(gather(aggregate, shuffled, otherCuts)).toStrictEqual(gather(aggregate, arrived, cuts))
        }
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('takes values back without a trace', () => {
    fc.assert(
      fc.property(arrivals(numbersAndGaps(anyNumber)), fc.integer({ min: 1, max: 8 }), ({ arrived }, size) => {
        for (const aggregate of [quantile(itself, [0.3, 1]), approximateQuantile(itself, [0.3, 1])]) {
          expect(slide(aggregate, arrived, size)).toStrictEqual(
            arrived.map((_, i) => gather(aggregate, arrived.slice(Math.max(0, i + 1 - size), i + 1))),
          )
        }
      }),
      { numRuns: propertyRuns() },
    )
  })
})

describe('approximateQuantile', () => {
  it('is within its error of the exact one', () => {
    const relativeError = fc.constantFrom(1e-9, 0.0001, 0.001, 0.01, 0.05, 0.25)
    fc.assert(
      fc.property(arrivals(numbersAndGaps(anyNumber)), q, relativeError, ({ arrived, cuts }, each, error) => {
        const values = present(arrived)
        const exact = modelQuantile(values, each)
        const actual = gather(approximateQuantile(itself, each, { relativeError: error }), arrived, cuts)
        const sorted = [...values].sort((a, b) => a - b)
        const isOneSign = (sorted[0] ?? 0) >= 0 || (sorted.at(-1) ?? 0) <= 0
        const size = isOneSign ? Math.abs(exact ?? 0) : sizeAround(values, each)
        // What rounding leaves is a part of the values, of which the result between them may be a small one.
        expectNear(actual, exact, size * error + sizeAround(values, each) * 2 ** -50 + SMALLEST)
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('is exact for whole numbers that have the bits', () => {
    const heartRate = fc.integer({ min: -1024, max: 1024 })
    fc.assert(
      fc.property(arrivals(heartRate), q, ({ arrived, cuts }, each) => {
        const exact = gather(quantile(itself, each), arrived, cuts)
        expect(gather(approximateQuantile(itself, each), arrived, cuts)).toBe(exact)
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('keeps no more buckets than it says', () => {
    const aggregate = approximateQuantile(itself, 0.5)
    let accumulator = aggregate.create()
    for (let x = 20; x <= 300; x += 0.001) accumulator = aggregate.add(accumulator, x, 0)
    expect(accumulator.size).toBeLessThanOrEqual(Math.log2(300 / 20) * 512 + 512)
    expect(accumulator.size).toBeGreaterThan(1_500)
  })

  it('keeps what is finite finite, and infinities as they are', () => {
    const of = (...values: number[]) =>
      gather(
        approximateQuantile(itself, [0, 1], { relativeError: 0.25 }),
        values.map((value) => ({ value, timestamp: 0 })),
      )
    expect(of(-Number.MAX_VALUE, Number.MAX_VALUE)).toEqual([-Number.MAX_VALUE, Number.MAX_VALUE])
    expect(of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ])
  })
})

describe('median', () => {
  it('is the value in the middle, or halfway between two', () => {
    const of = (...values: Sample[]) =>
      gather(
        median(itself),
        values.map((value) => ({ value, timestamp: 0 })),
      )
    expect(of(97, 60, 220)).toBe(97)
    expect(of(97, null, 60, 220, Number.NaN, 98)).toBe(97.5)
    expect(of(undefined)).toBeUndefined()
    expect(of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).toBeNaN()
    expect(of(Number.NEGATIVE_INFINITY, 97)).toBe(Number.NEGATIVE_INFINITY)
    expect(of(97, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
    expect(of(-0)).toBe(0)
    expect(of(-1.6e308, 1.6e308)).toBe(0)
    expect(median(itself).name).toBe('median')
  })
})

describe('a quantile that cannot be', () => {
  const code = expect.objectContaining({ code: 'CORE_OPTION_INVALID' })
  it.each([[-0.1], [1.1], [Number.NaN], [[]], [[0.5, 2]], ['0.5']])('is refused: %j', (wrong) => {
    expect(() => quantile(itself, wrong as number)).toThrow(code)
    expect(() => approximateQuantile(itself, wrong as number)).toThrow(code)
  })
  it.each([[0], [1e-10], [0.3], [Number.NaN], ['1%']])('is refused with the error: %j', (relativeError) => {
    expect(() => approximateQuantile(itself, 0.5, { relativeError: relativeError as number })).toThrow(code)
  })
})
