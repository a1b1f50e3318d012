import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { arrivals, gather, numbersAndGaps, present, type Timed } from '../../../test/gathering.ts'
import { propertyRuns } from '../../../test/property-runs.ts'
import { compareKeys } from '../../elements/key.ts'
import { collect } from './collect.ts'
import { timeWeightedMean } from './time-weighted-mean.ts'
import type { PlainValue } from './timed-value.ts'
import { topN } from './top-n.ts'

// What this family catches: a wrong order, a tie that another order breaks in another way, a value lost, doubled or let in
// beyond the bound, a reading that weighs a wrong time.

type Sample = number | null | undefined
const itself = (value: Sample): Sample => value
const isThere = (value: Sample): value is number => typeof value === 'number' && !Number.isNaN(value)
const timed = (...readings: [number, Sample][]): Timed<Sample>[] =>
  readings.map(([timestamp, value]) => ({ value, timestamp }))

describe('collect', () => {
  /** Cut where time allows: what is merged later has later times, as slices and sessions have. */
  function gatherSlices<V>(
    aggregate: ReturnType<typeof collect<V, V>>,
    arrived: readonly Timed<V>[],
    edges: number[],
  ): V[] {
    const all = [Number.NEGATIVE_INFINITY, ...edges.sort((a, b) => a - b), Number.POSITIVE_INFINITY]
    const slices = all
      .slice(1)
      .map((end, i) => arrived.filter((r) => r.timestamp >= (all[i] as number) && r.timestamp < end))
    return aggregate.result(
      slices
        .map((slice) => slice.reduce((acc, r) => aggregate.add(acc, r.value, r.timestamp), aggregate.create()))
        .reduce((a, b) => aggregate.merge(a, b), aggregate.create()),
    )
  }

  it('agrees with a stable sort by time', () => {
    const edges = fc.array(fc.integer({ min: -4, max: 12 }), { maxLength: 3 })
    fc.assert(
      fc.property(arrivals(numbersAndGaps(fc.double())), edges, ({ arrived, cuts }, where) => {
        const expected = arrived
          .filter((r) => isThere(r.value))
          .sort((a, b) => a.timestamp - b.timestamp)
          .map((r) => r.value)
        expect(gather(collect(itself), arrived, cuts)).toStrictEqual(expected)
        expect(gatherSlices(collect(itself) as never, arrived, where)).toStrictEqual(expected)
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('fails when there is one more than there may be, however they are merged', () => {
    fc.assert(
      fc.property(arrivals(fc.boolean()), fc.integer({ min: 1, max: 12 }), ({ arrived, cuts }, atMost) => {
        const aggregate = collect((isIn: boolean) => (isIn ? 'in' : null), { atMost })
        const size = arrived.filter((r) => r.value).length
        // Not `gather`: that adds all once more to what was merged.
        const slices = [0, ...cuts.sort((a, b) => a - b)].map((start, i, all) =>
          arrived.slice(start, all[i + 1] ?? arrived.length),
        )
        const run = () =>
          slices
            .map((slice) => slice.reduce((acc, r) => aggregate.add(acc, r.value, r.timestamp), aggregate.create()))
            .reduce((a, b) => aggregate.merge(a, b))
        if (size <= atMost) expect(aggregate.result(run())).toHaveLength(size)
        else expect(run).toThrow(expect.objectContaining({ code: 'CORE_AGGREGATE_OVERFLOW' }))
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('gives a new list each time, of any values', () => {
    const aggregate = collect((r: { drug: string }) => r)
    expectTypeOf(aggregate.result).returns.toEqualTypeOf<{ drug: string }[]>()
    const accumulator = aggregate.add(aggregate.create(), { drug: 'heparin' }, 0)
    const before = aggregate.result(accumulator)
    expect(aggregate.result(aggregate.add(accumulator, { drug: 'insulin' }, 0))).toHaveLength(2)
    expect(before).toEqual([{ drug: 'heparin' }])
  })

  it.each([[0], [-1], [1.5], [Number.NaN]])('refuses a limit of %j', (atMost) => {
    expect(() => collect(itself, { atMost })).toThrow(expect.objectContaining({ code: 'CORE_OPTION_INVALID' }))
  })
})

describe('topN', () => {
  const rank = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom<PlainValue>(1, 2, 3, -0, 0, '1', 1n, true, Number.POSITIVE_INFINITY) },
    { weight: 1, arbitrary: fc.double() },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
  )
  const record = fc.record({ rank, name: fc.constantFrom('a', 'b', 'c') })
  type Ranked = { rank: PlainValue | null | undefined; name: string }

  function model(arrived: readonly Timed<Ranked>[], n: number, ascending: boolean): Ranked[] {
    return arrived
      .filter((r) => present([{ value: r.value.rank, timestamp: 0 }]).length === 1)
      .sort(
        (a, b) =>
          compareKeys(a.value.rank as PlainValue, b.value.rank as PlainValue) * (ascending ? 1 : -1) ||
          a.timestamp - b.timestamp ||
          compareKeys(a.value.name, b.value.name),
      )
      .slice(0, n)
      .map((r) => r.value)
  }

  it('agrees with a sorted list, in any order and slicing', () => {
    fc.assert(
      fc.property(
        arrivals(record),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        ({ arrived, shuffled, cuts, otherCuts }, n, ascending) => {
          const aggregate = topN(n, { by: (r: Ranked) => r.rank, value: (r) => r.name, ascending })
          const expected = model(arrived, n, ascending).map((r) => r.name)
          expect(gather(aggregate, arrived, cuts)).toEqual(expected)
          expect(gather(aggregate, shuffled, otherCuts)).toEqual(expected)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('gives records of one rank and time as they arrived', () => {
    const aggregate = topN(3, { by: (r: { bed: string; rate: number }) => r.rate })
    expectTypeOf(aggregate.result).returns.toEqualTypeOf<{ bed: string; rate: number }[]>()
    const arrived = ['d', 'b', 'c', 'a'].map((bed) => ({ value: { bed, rate: 80 }, timestamp: 5 }))
    const earlier = { value: { bed: 'e', rate: 80 }, timestamp: 4 }
    expect(gather(aggregate, [...arrived, earlier], [2]).map((r) => r.bed)).toEqual(['e', 'd', 'b'])
  })

  it('keeps n', () => {
    const aggregate = topN(3, { by: itself })
    let accumulator = aggregate.create()
    for (let i = 0; i < 100; i++) accumulator = aggregate.add(accumulator, i, 0)
    expect(aggregate.merge(accumulator, structuredClone(accumulator))).toHaveLength(3)
    expect(aggregate.result(accumulator)).toEqual([99, 99, 98])
    expect(aggregate.name).toBe('topN(3)')
  })

  it('refuses a rank that is an object, and no n', () => {
    const wrong = topN(1, { by: (r: object) => r as unknown as string })
    expect(() => wrong.add(wrong.create(), {}, 0)).toThrow('selector of topN gave a object')
    for (const n of [0, -1, 1.5, Number.NaN]) {
      expect(() => topN(n, { by: itself })).toThrow(expect.objectContaining({ code: 'CORE_OPTION_INVALID' }))
    }
  })
})

describe('timeWeightedMean', () => {
  /** The definition, a ms after the other where times are few, over whole numbers exactly. */
  function model(arrived: readonly Timed<Sample>[], isLinear: boolean): number | undefined {
    const at = new Map<number, number[]>()
    for (const { value, timestamp } of arrived) {
      if (isThere(value)) at.set(timestamp, [...(at.get(timestamp) ?? []), value])
    }
    const times = [...at.keys()].sort((a, b) => a - b)
    const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length
    const values = times.map((time) => mean(at.get(time) as number[]))
    if (values.length < 2) return values[0]
    let area = 0
    for (let i = 0; i + 1 < times.length; i++) {
      const height = isLinear ? ((values[i] as number) + (values[i + 1] as number)) / 2 : (values[i] as number)
      area += height * ((times[i + 1] as number) - (times[i] as number))
    }
    return area / ((times.at(-1) as number) - (times[0] as number))
  }
  const linear = timeWeightedMean(itself, { interpolation: 'linear' })
  const step = timeWeightedMean(itself)
  const vital = fc.oneof(fc.integer({ min: -50, max: 300 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))

  it('agrees with the area below the readings', () => {
    fc.assert(
      fc.property(arrivals(numbersAndGaps(vital)), ({ arrived, cuts }) => {
        const size = Math.max(1, ...present(arrived).map(Math.abs))
        for (const aggregate of [step, linear]) {
          const expected = model(arrived, aggregate === linear)
          const actual = gather(aggregate, arrived, cuts)
          if (expected === undefined || actual === undefined) expect(actual).toBe(expected)
          else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(size * 1e-13)
        }
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('does not show the order of records or of merging, whatever the values', () => {
    fc.assert(
      fc.property(arrivals(numbersAndGaps(fc.double())), ({ arrived, shuffled, cuts, otherCuts }) => {
        for (const aggregate of [step, linear]) {
          expect(gather(aggregate, shuffled, otherCuts)).toBe(gather(aggregate, arrived, cuts))
        }
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('of one value over any times is that value', () => {
    const times = fc.array(fc.integer({ min: -4e15, max: 4e15 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(times, fc.double({ noNaN: true, min: 1e-280 }), ([...at], value) => {
        const readings = timed(...at.map((time): [number, number] => [time, value]))
        expect(gather(step, readings)).toBe(value)
        expect(gather(linear, readings)).toBe(value)
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('weighs each value by the time until the next', () => {
    const readings = timed([20, 100], [0, 80], [30, 90], [25, null])
    expect(gather(step, readings)).toBeCloseTo(2600 / 30, 12)
    expect(gather(linear, readings)).toBeCloseTo(2750 / 30, 12)
  })

  it('of readings of one time is their mean', () => {
    expect(gather(step, timed([5, 80], [5, 90]), [1])).toBe(85)
    expect(gather(linear, timed([5, 80]))).toBe(80)
    expect(gather(step, timed([5, null]))).toBeUndefined()
    expect(gather(step, timed([0, 60], [0, 80], [10, 1e9]))).toBe(70)
  })

  it('stays among the doubles where the values do', () => {
    const huge = Number.MAX_VALUE
    expect(gather(step, timed([-8.64e15, huge], [0, huge], [8.64e15, 0]))).toBe(huge)
    expect(gather(linear, timed([0, huge], [1, huge]))).toBe(huge)
    expect(gather(step, timed([0, 1], [5, Number.POSITIVE_INFINITY]))).toBe(1)
    expect(gather(linear, timed([0, 1], [5, Number.POSITIVE_INFINITY]))).toBe(Number.POSITIVE_INFINITY)
  })

  it('refuses another interpolation', () => {
    const cubic = 'cubic' as 'step'
    expect(() => timeWeightedMean(itself, { interpolation: cubic })).toThrow(
      expect.objectContaining({ code: 'CORE_OPTION_INVALID' }),
    )
  })
})
