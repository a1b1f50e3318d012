import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrivals, gather, present, type Timed } from '../../../test/gathering.ts'
import { propertyRuns } from '../../../test/property-runs.ts'
import { correlation } from './correlation.ts'
import { covariance } from './covariance.ts'
import { kurtosis } from './kurtosis.ts'
import { skewness } from './skewness.ts'
import { slope } from './slope.ts'

// What this family catches: a wrong formula, digits lost far from 0 or in merging, a record lost or doubled, a number made up
// of rounding where there is no spread. What it cannot: values whose spread is near the ends of the range of doubles.

type Sample = number | null | undefined
interface Pair {
  readonly x: Sample
  readonly y: Sample
}

/** A double as a whole number of 2^-200, exactly; the doubles drawn here have no finer parts. */
const UNIT_BITS = 200
function exact(x: number): bigint {
  let scaled = x
  let bits = UNIT_BITS
  for (; !Number.isInteger(scaled); bits--) scaled *= 2
  return BigInt(scaled) << BigInt(bits)
}

/** The quotient of two whole numbers, right to about 15 digits. */
function quotient(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0
  const size = (n: bigint) => (n < 0n ? -n : n).toString(2).length
  const shift = size(denominator) - size(numerator) + 64
  const whole = shift >= 0 ? (numerator << BigInt(shift)) / denominator : numerator / (denominator << BigInt(-shift))
  return Number(whole) * 2 ** -shift
}

/** n^p times the sum of the p-th powers of distances from the mean: whole numbers of 2^-200p. */
function centralSum(values: readonly number[], power: bigint): bigint {
  const n = BigInt(values.length)
  const exacts = values.map(exact)
  const total = exacts.reduce((a, b) => a + b, 0n)
  return exacts.reduce((sum, x) => sum + (n * x - total) ** power, 0n)
}

function modelSkewness(values: readonly number[], isPopulation: boolean): number | undefined {
  const n = values.length
  if (n < (isPopulation ? 2 : 3)) return undefined
  const squares = centralSum(values, 2n)
  if (squares === 0n) return undefined
  const cubes = centralSum(values, 3n)
  // g1² = n m3² / m2³
  const g1 = Math.sign(Number(cubes)) * Math.sqrt(quotient(BigInt(n) * cubes * cubes, squares ** 3n))
  return isPopulation ? g1 : (g1 * Math.sqrt(n * (n - 1))) / (n - 2)
}

function modelKurtosis(values: readonly number[], isPopulation: boolean): number | undefined {
  const n = values.length
  if (n < (isPopulation ? 2 : 4)) return undefined
  const squares = centralSum(values, 2n)
  if (squares === 0n) return undefined
  const g2 = quotient(BigInt(n) * centralSum(values, 4n), squares * squares) - 3
  return isPopulation ? g2 : ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * g2 + 6)
}

/** n² times the sum of products of distances. */
function crossSum(pairs: readonly (readonly [number, number])[]): bigint {
  const n = BigInt(pairs.length)
  const xs = pairs.map(([x]) => exact(x))
  const ys = pairs.map(([, y]) => exact(y))
  const totalX = xs.reduce((a, b) => a + b, 0n)
  const totalY = ys.reduce((a, b) => a + b, 0n)
  return xs.reduce((sum, x, i) => sum + (n * x - totalX) * (n * (ys[i] as bigint) - totalY), 0n)
}

function expectNear(actual: number | undefined, expected: number | undefined, size: number): void {
  if (expected === undefined || actual === undefined) expect(actual).toBe(expected)
  else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * size)
}

const itself = (value: Sample): Sample => value
// Whole numbers, tenths, equal ones; a double of 20 bits, whose finest part is 2^-40.
const spread = fc.oneof(
  fc.integer({ min: -50, max: 300 }),
  fc.integer({ min: 340, max: 420 }).map((n) => n / 10),
  fc.constantFrom(0.1, 0.1, -0),
  fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((n) => n * 2 ** -40),
  fc.constantFrom(1e12, -1e15),
)
const shift = fc.constantFrom(0, 0, 1e3 + 0.1, -1e9, 1.7e12)
const sample = fc.oneof(
  { weight: 8, arbitrary: spread },
  { weight: 1, arbitrary: fc.constantFrom<Sample>(null, undefined, Number.NaN) },
)

const shifted = (arrived: readonly Timed<Sample>[], by: number): Timed<Sample>[] =>
  arrived.map(({ value, timestamp }) => ({ value: typeof value === 'number' ? value + by : value, timestamp }))

describe('skewness and kurtosis', () => {
  it('agree with exact arithmetic, far from 0 too, in any order and slicing', () => {
    fc.assert(
      fc.property(arrivals(sample), shift, fc.boolean(), ({ arrived, shuffled, cuts, otherCuts }, by, population) => {
        const values = present(shifted(arrived, by))
        const lean = modelSkewness(values, population)
        const tails = modelKurtosis(values, population)
        for (const [order, where] of [
          [shifted(arrived, by), cuts],
          [shifted(shuffled, by), otherCuts],
        ] as const) {
          expectNear(gather(skewness(itself, { population }), order, where), lean, 1 + Math.abs(lean ?? 0))
          expectNear(gather(kurtosis(itself, { population }), order, where), tails, 10 + Math.abs(tails ?? 0))
        }
      }),
      { numRuns: propertyRuns() },
    )
  })

  const of = (aggregate: typeof skewness, ...values: Sample[]) => {
    const arrived = values.map((value) => ({ value, timestamp: 0 }))
    return [gather(aggregate(itself), arrived, [2]), gather(aggregate(itself, { population: true }), arrived, [1])]
  }

  it('are undefined for too few values, and for equal ones', () => {
    expect(of(skewness)).toEqual([undefined, undefined])
    expect(of(skewness, 5)).toEqual([undefined, undefined])
    expect(of(skewness, 5, 6)).toEqual([undefined, 0])
    expect(of(kurtosis, 5, 6, 9)).toEqual([undefined, expect.closeTo(-1.5)])
    for (const x of [0.1, 97.3, 1e9 + 0.1, -1e60, 1e-300]) {
      expect(of(skewness, x, x, x, x, x, x, x)).toEqual([undefined, undefined])
      expect(of(kurtosis, x, x, x, x, x, x, x)).toEqual([undefined, undefined])
    }
    expect(of(kurtosis, 1e-80, 2e-80, 3e-80, 4e-80)).toEqual([undefined, undefined])
  })

  it('tell values that differ in their last bit from equal ones', () => {
    const next = 1e9 + 2 ** -23
    expect(of(skewness, 1e9, 1e9, 1e9, next)).toEqual([expect.closeTo(2), expect.closeTo(1.1547005)])
  })

  it('are NaN with an infinity or a value that has no fourth power', () => {
    for (const x of [Number.POSITIVE_INFINITY, -1e71, Number.MAX_VALUE]) {
      expect(of(skewness, 1, 2, 3, 5, x)).toEqual([Number.NaN, Number.NaN])
      expect(of(kurtosis, 1, 2, 3, 5, x)).toEqual([Number.NaN, Number.NaN])
    }
    expect(of(kurtosis, 1e70, -1e70, 0, 0)[1]).toBeCloseTo(-1)
  })
})

describe('covariance, correlation and slope', () => {
  const pair: fc.Arbitrary<Pair> = fc.record({ x: sample, y: sample })
  const x = (r: Pair): Sample => r.x
  const y = (r: Pair): Sample => r.y
  const isThere = (value: Sample): value is number => typeof value === 'number' && !Number.isNaN(value)

  it('agree with exact arithmetic in any order and slicing', () => {
    fc.assert(
      fc.property(arrivals(pair), shift, fc.boolean(), ({ arrived, shuffled, cuts, otherCuts }, by, population) => {
        const far = ({ value, timestamp }: Timed<Pair>): Timed<Pair> => ({
          value: { x: isThere(value.x) ? value.x + by : value.x, y: isThere(value.y) ? value.y - by : value.y },
          timestamp,
        })
        const pairs = arrived
          .map(far)
          .flatMap(({ value }) => (isThere(value.x) && isThere(value.y) ? [[value.x, value.y] as const] : []))
        const n = pairs.length
        const squaresX = crossSum(pairs.map(([a]) => [a, a]))
        const squaresY = crossSum(pairs.map(([, b]) => [b, b]))
        const products = crossSum(pairs)
        const lost = population ? 0 : 1
        const unit = 1n << BigInt(2 * UNIT_BITS)
        const divisor = BigInt(n) ** 2n * BigInt(n - lost) * unit
        const product = n <= lost ? undefined : quotient(products, divisor)
        const size = n <= lost ? 0 : Math.sqrt(quotient(squaresX, divisor)) * Math.sqrt(quotient(squaresY, divisor))
        const isFlat = squaresX === 0n || squaresY === 0n
        const together =
          n < 2 || isFlat
            ? undefined
            : Math.sign(Number(products)) * Math.sqrt(quotient(products * products, squaresX * squaresY))
        for (const [order, where] of [
          [arrived.map(far), cuts],
          [shuffled.map(far), otherCuts],
        ] as const) {
          expectNear(gather(covariance(x, y, { population }), order, where), product, size)
          const r = gather(correlation(x, y), order, where)
          expectNear(r, together, 1)
          if (r !== undefined) expect(Math.abs(r)).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('of a value over time is the slope of the line with the least squares', () => {
    fc.assert(
      fc.property(arrivals(sample), ({ arrived, shuffled, cuts, otherCuts }) => {
        const pairs = arrived.flatMap(({ value, timestamp }) => (isThere(value) ? [[timestamp, value] as const] : []))
        const squares = crossSum(pairs.map(([t]) => [t, t]))
        const rise = pairs.length < 2 || squares === 0n ? undefined : quotient(crossSum(pairs), squares)
        const spreadOfValues = crossSum(pairs.map(([, v]) => [v, v]))
        const size = rise === undefined ? 0 : Math.sqrt(quotient(spreadOfValues, squares))
        expectNear(gather(slope(itself, { per: 1 }), arrived, cuts), rise, size)
        expectNear(gather(slope(itself, { per: '1m' }), shuffled, otherCuts), rise && rise * 60_000, size * 60_000)
      }),
      { numRuns: propertyRuns() },
    )
  })

  const over = (aggregate: ReturnType<typeof correlation<Pair>>, ...pairs: [Sample, Sample][]) =>
    gather(
      aggregate,
      pairs.map(([a, b]) => ({ value: { x: a, y: b }, timestamp: 0 })),
      [1],
    )

  it('skip a pair of which one is missing', () => {
    expect(over(covariance(x, y), [1, 2], [null, 9], [9, Number.NaN], [3, 6])).toBe(4)
    expect(over(correlation(x, y), [1, 2], [9, undefined], [3, -6])).toBeCloseTo(-1, 14)
  })

  it('are undefined where there is nothing to tell, and NaN beyond the doubles', () => {
    expect(over(covariance(x, y), [1, 2])).toBeUndefined()
    expect(over(covariance(x, y, { population: true }), [1, 2])).toBe(0)
    expect(over(correlation(x, y), [0.1, 1], [0.1, 2], [0.1, 4])).toBeUndefined()
    expect(over(correlation(x, y), [1, 0.1], [2, 0.1], [4, 0.1])).toBeUndefined()
    expect(over(slope(y), [0, 1], [0, 2])).toBeUndefined()
    expect(over(correlation(x, y), [1, 1e-140], [2, 2e-140], [3, 4e-140])).toBeUndefined()
    for (const value of [Number.NEGATIVE_INFINITY, 1e141]) {
      for (const aggregate of [covariance(x, y), correlation(x, y), slope(y)]) {
        expect(over(aggregate, [1, 2], [2, value])).toBeNaN()
      }
    }
  })

  it('refuse a slope for no time', () => {
    expect(() => slope(itself, { per: 0 })).toThrow(expect.objectContaining({ code: 'CORE_OPTION_INVALID' }))
    expect(() => slope(itself, { per: 'hour' })).toThrow(expect.objectContaining({ code: 'CORE_DURATION_INVALID' }))
  })

  it('give a slope a second unless told otherwise', () => {
    const arrived = [0, 500, 1_500].map((timestamp) => ({ value: timestamp / 100, timestamp }))
    expect(gather(slope(itself), arrived)).toBeCloseTo(10, 12)
  })
})
