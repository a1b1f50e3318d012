import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { propertyRuns } from '../../../test/property-runs.ts'
import type { AggregateFunction, AggregateResults, Aggregates } from '../aggregate-function.ts'
import { combineAggregates } from './combine-aggregates.ts'
import { count } from './count.ts'
import { first } from './first.ts'
import { last } from './last.ts'
import { max } from './max.ts'
import { mean } from './mean.ts'
import { min } from './min.ts'
import { sum } from './sum.ts'
import { variance } from './variance.ts'

// What this family catches: a wrong value, a lost or doubled record, an order that shows, a skipped value that is counted.
// What it cannot: how fast it is.

type Sample = number | null | undefined
const itself = (value: Sample): Sample => value

/** Adds the values in their order, cut into runs at random places, and merges the runs. */
function gather<Acc, Out>(
  aggregate: AggregateFunction<Sample, Acc, Out>,
  values: readonly Sample[],
  cuts: readonly number[],
): Out {
  const runs: Acc[] = [aggregate.create()]
  values.forEach((value, i) => {
    if (cuts.includes(i)) runs.push(aggregate.create())
    runs[runs.length - 1] = aggregate.add(runs.at(-1) as Acc, value, i)
  })
  // As accumulators travel: written and read back between two steps.
  const merged = runs.reduce((a, b) => aggregate.merge(a, deserialize(serialize(b)) as Acc))
  return aggregate.result(merged)
}

/** A double as a whole number of 2^-1074, exactly. */
function exact(x: number): bigint {
  const bits = new BigUint64Array(new Float64Array([x]).buffer)[0] as bigint
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const magnitude = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1)
  return bits >> 63n === 1n ? -magnitude : magnitude
}

const abs = (n: bigint): bigint => (n < 0n ? -n : n)

/** Is `actual` within one unit in the last place of `numerator / denominator`, and what 106 bits cannot tell apart? */
function isNear(actual: number, numerator: bigint, denominator: bigint, noise: bigint): boolean {
  const bits = new BigUint64Array(new Float64Array([Math.abs(actual)]).buffer)[0] as bigint
  const exponent = Number(bits >> 52n)
  const ulp = exponent <= 1 ? 1n : 1n << BigInt(exponent - 1)
  return abs(exact(actual) * denominator - numerator) <= ulp * denominator + noise
}

const present = (values: readonly Sample[]): number[] =>
  values.filter((value): value is number => typeof value === 'number' && !Number.isNaN(value))

const anyDouble = fc.double({ noDefaultInfinity: true })
const vital = fc.oneof(
  fc.integer({ min: -50, max: 300 }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.constant(-0),
)
const gap = fc.constantFrom(null, undefined, Number.NaN)
const samples = (value: fc.Arbitrary<number>): fc.Arbitrary<Sample[]> =>
  fc.array(fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: gap }), { maxLength: 60 })
const cuts = fc.array(fc.nat(60), { maxLength: 6 })

describe('sum and mean', () => {
  it('agree with exact arithmetic over the whole range of doubles', () => {
    fc.assert(
      fc.property(
        samples(fc.oneof(anyDouble, vital, fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324))),
        cuts,
        (values, where) => {
          const numbers = present(values)
          const total = numbers.reduce((t, x) => t + exact(x), 0n)
          const noise = (BigInt(numbers.length) * numbers.reduce((t, x) => t + abs(exact(x)), 0n)) >> 100n
          const actual = gather(sum(itself), values, where)
          if (Number.isFinite(actual)) expect(isNear(actual, total, 1n, noise)).toBe(true)
          else expect(abs(total) > exact(Number.MAX_VALUE) - noise).toBe(true)
          const average = gather(mean(itself), values, where)
          if (numbers.length === 0) expect(average).toBeUndefined()
          else
            expect(isNear(average as number, total, BigInt(numbers.length), noise + BigInt(numbers.length))).toBe(true)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('do not show the order of records or of merging', () => {
    fc.assert(
      fc.property(
        samples(vital).chain((values) =>
          fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length })),
        ),
        cuts,
        cuts,
        ([values, shuffled], where, elsewhere) => {
          for (const aggregate of [sum(itself), mean(itself)] as AggregateFunction<
            Sample,
            unknown,
            number | undefined
          >[]) {
            const a = gather(aggregate, values, where)
            const b = gather(aggregate, shuffled, elsewhere)
            if (a === undefined || b === undefined) expect(a).toBe(b)
            else expect(Math.abs(a - b)).toBeLessThanOrEqual(Math.max(Math.abs(a) * 2 ** -52, 1e-22))
          }
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('add infinities as IEEE 754 does, in any order', () => {
    const x = [1e308, Number.POSITIVE_INFINITY, -3]
    for (const where of [[], [1], [1, 2]]) {
      expect(gather(sum(itself), x, where)).toBe(Number.POSITIVE_INFINITY)
      expect(gather(mean(itself), x, where)).toBe(Number.POSITIVE_INFINITY)
      expect(gather(sum(itself), [...x, Number.NEGATIVE_INFINITY], where)).toBeNaN()
      expect(gather(sum(itself), [Number.NEGATIVE_INFINITY, 5], where)).toBe(Number.NEGATIVE_INFINITY)
    }
  })

  it('come back from beyond the largest double', () => {
    const x = Number.MAX_VALUE
    expect(gather(sum(itself), [x, x, -x, -x, 7], [2])).toBe(7)
    expect(gather(sum(itself), [x, x], [])).toBe(Number.POSITIVE_INFINITY)
    expect(gather(sum(itself), [x, x, x, -x, -x], [])).toBe(x)
    expect(gather(mean(itself), [x, x, x], [1])).toBe(x)
    expect((gather(mean(itself), [-x, -x, -x, -x, -x], [3]) as number) / x).toBeCloseTo(-1, 14)
  })

  it('of nothing are 0 and undefined', () => {
    expect(gather(sum(itself), [null, undefined, Number.NaN], [])).toBe(0)
    expect(gather(mean(itself), [null, undefined, Number.NaN], [])).toBeUndefined()
  })

  it('keep what plain sums lose', () => {
    const tenths = Array.from({ length: 10 }, () => 0.1)
    expect(tenths.reduce((t, x) => t + x, 0)).not.toBe(1)
    expect(gather(sum(itself), tenths, [])).toBe(1)
    expect(gather(sum(itself), [1e16, 1, 1, -1e16], [2])).toBe(2)
  })
})

describe('variance', () => {
  /** (n Σx² - (Σx)²) / (n (n - lost)), exactly; as numerator and denominator in units of 2^-2148. */
  function exactVariance(values: readonly number[], lost: number): readonly [bigint, bigint] {
    const n = BigInt(values.length)
    const total = values.reduce((t, x) => t + exact(x), 0n)
    const squares = values.reduce((t, x) => t + exact(x) ** 2n, 0n)
    return [n * squares - total * total, n * (n - BigInt(lost))]
  }

  function expectVariance(actual: number, values: readonly number[], lost: number): void {
    const [numerator, denominator] = exactVariance(values, lost)
    const difference = abs((exact(actual) << 1074n) * denominator - numerator)
    // A few units in the last place, and what is left of squares near the smallest double.
    expect(difference <= (numerator >> 50n) + (denominator << 1188n), `${actual} for ${values.length} values`).toBe(
      true,
    )
  }

  it('agrees with exact arithmetic, far from 0 too', () => {
    fc.assert(
      fc.property(samples(vital), cuts, fc.constantFrom(0, 1e3, -1e9, 1.7e12), (near, where, shift) => {
        const values = near.map((x) => (typeof x === 'number' ? x + shift : x))
        const numbers = present(values)
        const sample = gather(variance(itself), values, where)
        if (numbers.length < 2) expect(sample).toBeUndefined()
        else expectVariance(sample as number, numbers, 1)
        const population = gather(variance(itself, { population: true }), values, where)
        if (numbers.length === 0) expect(population).toBeUndefined()
        else expectVariance(population as number, numbers, 0)
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('of one value is undefined, or 0 for a population', () => {
    expect(gather(variance(itself), [5], [])).toBeUndefined()
    expect(gather(variance(itself, { population: true }), [5], [])).toBe(0)
  })

  it('is NaN with an infinity or a value that has no square', () => {
    expect(gather(variance(itself), [1, Number.POSITIVE_INFINITY], [1])).toBeNaN()
    expect(gather(variance(itself), [1e200, 1e200], [])).toBeNaN()
    expect(gather(variance(itself), [1e140, -1e140], [])).toBe(2e280)
  })
})

describe('retract', () => {
  it('leaves what adding the rest alone would give', () => {
    fc.assert(
      fc.property(samples(vital), samples(vital), (gone, stay) => {
        const aggregates = combineAggregates({
          count: count<Sample>(),
          seen: count<Sample>(itself),
          sum: sum(itself),
          mean: mean(itself),
          variance: variance(itself),
        })
        let accumulator = aggregates.create()
        for (const value of [...gone, ...stay]) accumulator = aggregates.add(accumulator, value, 0)
        for (const value of gone) accumulator = aggregates.retract?.(accumulator, value) ?? accumulator
        const { variance: actualVariance, ...actual } = aggregates.result(accumulator)
        const numbers = present(stay)
        const total = gather(sum(itself), stay, [])
        expect(actual.count).toBe(stay.length)
        expect(actual.seen).toBe(numbers.length)
        // The last bit but one: where the exact sum stands half way between two doubles, what was taken back decides.
        expect(Math.abs(actual.sum - total)).toBeLessThanOrEqual(Math.max(1e-15, Math.abs(total) * 2 ** -52))
        if (numbers.length === 0) expect(actual.mean).toBeUndefined()
        else expect(Math.abs((actual.mean as number) - total / numbers.length)).toBeLessThan(1e-9)
        const expected = gather(variance(itself), stay, [])
        if (expected === undefined) expect(actualVariance).toBeUndefined()
        else expect(Math.abs((actualVariance as number) - expected)).toBeLessThanOrEqual(1e-9 * (1 + expected))
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('takes an infinity back', () => {
    const aggregate = sum(itself)
    let accumulator = aggregate.create()
    for (const x of [3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      accumulator = aggregate.add(accumulator, x, 0)
    accumulator = aggregate.retract?.(accumulator, Number.POSITIVE_INFINITY) ?? accumulator
    expect(aggregate.result(accumulator)).toBe(Number.NEGATIVE_INFINITY)
    accumulator = aggregate.retract?.(accumulator, Number.NEGATIVE_INFINITY) ?? accumulator
    expect(aggregate.result(accumulator)).toBe(3)
  })
})

describe('count, min, max', () => {
  it('agree with a sorted list', () => {
    fc.assert(
      fc.property(samples(fc.double()), cuts, (values, where) => {
        const sorted = present(values).sort((a, b) => (Object.is(a, b) ? 0 : a - b || (Object.is(a, -0) ? -1 : 1)))
        expect(gather(count(), values, where)).toBe(values.length)
        expect(gather(count(itself), values, where)).toBe(sorted.length)
        expect(gather(min(itself), values, where)).toBe(sorted[0])
        expect(gather(max(itself), values, where)).toBe(sorted.at(-1))
      }),
      { numRuns: propertyRuns() },
    )
  })
})

describe('first, last', () => {
  it('agree with a stable sort by timestamp', () => {
    interface Timed {
      time: number
      value: Sample
    }
    const records = fc.array(fc.record({ time: fc.integer({ min: -3, max: 3 }), value: fc.oneof(fc.integer(), gap) }))
    fc.assert(
      fc.property(records, (arrived) => {
        // Slices are apart in time, and merged in its order.
        const oldest = first((r: Timed) => r.value)
        const newest = last((r: Timed) => r.value)
        const slices = [arrived.filter((r) => r.time < 0), arrived.filter((r) => r.time >= 0)]
        const gathered = (aggregate: typeof oldest) =>
          aggregate.result(
            slices
              .map((slice) => slice.reduce((acc, r) => aggregate.add(acc, r, r.time), aggregate.create()))
              .reduce((a, b) => aggregate.merge(a, b)),
          )
        const sorted = arrived.filter((r) => present([r.value]).length === 1).sort((a, b) => a.time - b.time)
        expect(gathered(oldest)).toBe(sorted[0]?.value)
        expect(gathered(newest)).toBe(sorted.at(-1)?.value)
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('take texts too', () => {
    const drug = first((r: { drug: string | null }) => r.drug)
    expectTypeOf(drug.result).returns.toEqualTypeOf<string | undefined>()
    expect(drug.result(drug.add(drug.create(), { drug: 'heparin' }, 5))).toBe('heparin')
  })
})

describe('a selector that gives another type', () => {
  it('is refused, and the value is not shown', () => {
    const heartRate = mean<{ heartRate: unknown }>((r) => r.heartRate as number)
    expect(() => heartRate.add(heartRate.create(), { heartRate: '97' }, 0)).toThrow(/selector of mean gave a string/)
  })
})

describe('combineAggregates', () => {
  it('gives each result under its name, in order', () => {
    const combined = combineAggregates({ lowest: min(itself), readings: count<Sample>() })
    const accumulator = combined.add(combined.add(combined.create(), 7, 0), null, 1)
    expect(combined.result(accumulator)).toEqual({ lowest: 7, readings: 2 })
    expect(combined.name).toBe('lowest: min, readings: count')
    expect(combined.retract).toBeUndefined()
  })

  it('merges each with its own, and leaves the other as it was', () => {
    const combined = combineAggregates({ total: sum(itself), last: last(itself) })
    const a = combined.add(combined.create(), 1, 0)
    const b = combined.add(combined.create(), 2, 1)
    const before = structuredClone(b)
    expect(combined.result(combined.merge(a, b))).toEqual({ total: 3, last: 2 })
    expect(b).toEqual(before)
  })

  it.each([
    ['nothing', undefined, /were undefined/],
    ['an empty record', {}, /was empty/],
    ['an aggregate that was not called', { readings: count }, /'readings' was a function; call it/],
    ['something else', { readings: 3 }, /'readings' was number/],
    ['half an aggregate', { readings: { create: () => 0, add: () => 0 } }, /'readings' has no function 'merge'/],
    ['a name that makes no field', JSON.parse('{"__proto__": {}}'), /__proto__/],
  ])('refuses %s', (_, aggregates, message) => {
    expect(() => combineAggregates(aggregates as unknown as Aggregates<unknown>)).toThrow(message)
  })
})

describe('types', () => {
  it('are inferred from the stream, results and the record in the selectors', () => {
    interface Reading {
      readonly patientId: string
      readonly heartRate: number | null
      readonly spo2?: number
      readonly drug: string
    }
    interface Windowed<T> {
      aggregate<A extends Aggregates<T>>(aggregates: A): AggregateResults<A>
    }
    const windowed: Windowed<Reading> = {
      aggregate: (aggregates) => {
        const combined = combineAggregates<Reading, typeof aggregates>(aggregates)
        return combined.result(combined.create())
      },
    }
    const results = windowed.aggregate({
      heartRate: mean((r) => {
        expectTypeOf(r).toEqualTypeOf<Reading>()
        return r.heartRate
      }),
      lowest: min((r) => r.spo2),
      spread: variance((r) => r.heartRate, { population: true }),
      total: sum((r) => r.heartRate),
      drug: last((r) => r.drug),
      readings: count(),
      seen: count((r) => r.spo2),
    })
    expectTypeOf(results).toEqualTypeOf<{
      readonly heartRate: number | undefined
      readonly lowest: number | undefined
      readonly spread: number | undefined
      readonly total: number
      readonly drug: string | undefined
      readonly readings: number
      readonly seen: number
    }>()
    // @ts-expect-error: not a field of a reading
    windowed.aggregate({ x: mean((r) => r.temperature) })
    expect(results).toEqual({
      heartRate: undefined,
      lowest: undefined,
      spread: undefined,
      total: 0,
      drug: undefined,
      readings: 0,
      seen: 0,
    })
  })
})
