import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrivals, gather } from '../../../test/gathering.ts'
import { propertyRuns } from '../../../test/property-runs.ts'
import { type Hash, hashValue } from '../../collections/hash-value.ts'
import { approximateCountDistinct } from './approximate-count-distinct.ts'
import { countDistinct } from './count-distinct.ts'
import { addHash, type HyperLogLog, mergeSketches } from './hyper-log-log.ts'
import type { PlainValue } from './timed-value.ts'

// What this family catches: an error beyond the published one, an order that shows, hashes that are not spread evenly or
// change from version to version. What it cannot: values chosen so that their hashes meet.

const itself = (value: PlainValue | null): PlainValue | null => value

function estimateOf(values: Iterable<PlainValue>, precision: number): number {
  const aggregate = approximateCountDistinct(itself, { precision })
  let accumulator = aggregate.create()
  for (const value of values) accumulator = aggregate.add(accumulator, value, 0)
  return aggregate.result(accumulator)
}

function* numbered<T>(from: number, size: number, make: (i: number) => T): Generator<T> {
  for (let i = from; i < from + size; i++) yield make(i)
}

/** Kinds of values as they come, one after the other. */
const kinds: Record<string, (i: number) => PlainValue> = {
  'whole numbers': (i) => i,
  tenths: (i) => i / 10,
  times: (i) => 1_764_000_000_000 + i * 1_000,
  texts: (i) => `patient-${i}`,
  'long texts': (i) => `urn:oid:1.2.840.113619.${i % 7}.${i}/Observation`,
  bigints: (i) => BigInt(i) << 40n,
}

describe('approximateCountDistinct', () => {
  it('says its precision in its name, so that registers of another are not taken for its own', () => {
    expect(approximateCountDistinct((id: number) => id).name).toBe('approximateCountDistinct(12)')
    expect(approximateCountDistinct((id: number) => id, { precision: 10 }).name).toBe('approximateCountDistinct(10)')
  })

  it.each(Object.entries(kinds))(
    'has the published error for %s',
    (_, make) => {
      for (const [precision, size] of [
        [8, 300],
        [8, 20_000],
        [10, 700],
        [10, 3_000],
        [10, 50_000],
      ] as const) {
        const runs = 40
        let squares = 0
        let sum = 0
        for (let run = 0; run < runs; run++) {
          const error = estimateOf(numbered(run * 1_000_003, size, make), precision) / size - 1
          squares += error * error
          sum += error
        }
        const published = 1.04 / Math.sqrt(2 ** precision)
        // The root mean square of 40 errors is itself 11% away at one standard deviation, their mean 16%.
        expect(Math.sqrt(squares / runs), `${precision} ${size}`).toBeLessThan(published * 1.35)
        expect(Math.abs(sum / runs), `${precision} ${size}`).toBeLessThan(published * 0.5)
      }
    },
    60_000,
  )

  it('is near over the whole range of counts, at the default precision', () => {
    const aggregate = approximateCountDistinct((i: number) => i)
    let accumulator = aggregate.create()
    let largest = 0
    for (let i = 1; i <= 1_000_000; i++) {
      accumulator = aggregate.add(accumulator, i, 0)
      if (i > 128 && i % Math.ceil(i / 50) !== 0) continue
      const error = Math.abs(aggregate.result(accumulator) / i - 1)
      if (i <= 128) expect(error).toBe(0)
      largest = Math.max(largest, error)
    }
    expect(largest).toBeLessThan(0.05)
  })

  it('takes a value twice as one, in any order and slicing', () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(null), fc.constantFrom('1', 1n, true, -0))
    fc.assert(
      fc.property(
        arrivals(value),
        fc.integer({ min: 4, max: 9 }),
        ({ arrived, shuffled, cuts, otherCuts }, precision) => {
          // At most 2 registers' worth of hashes are kept at precision 4 to 6: both forms, and their mixes, are here.
          const aggregate = approximateCountDistinct(itself, { precision })
          const expected = gather(aggregate, arrived, cuts)
          expect(gather(aggregate, shuffled, otherCuts)).toBe(expected)
          expect(gather(aggregate, [...arrived, ...shuffled], otherCuts)).toBe(expected)
          const exact = gather(countDistinct(itself), arrived)
          if (exact <= 2 ** precision / 32) expect(expected).toBe(exact)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('merges as if all had been added to one, also where few meet many', () => {
    const aggregate = approximateCountDistinct((i: number) => i)
    const of = (from: number, size: number) => {
      let accumulator = aggregate.create()
      for (let i = from; i < from + size; i++) accumulator = aggregate.add(accumulator, i, 0)
      return accumulator
    }
    for (const [size, otherSize] of [
      [100, 28],
      [100, 29],
      [100, 5_000],
      [5_000, 100],
      [5_000, 5_000],
      [0, 5_000],
      [5_000, 0],
    ] as const) {
      const merged = aggregate.merge(of(0, size), of(size, otherSize))
      expect(merged).toEqual(of(0, size + otherSize))
    }
  })

  it('keeps registers once there are more than 2^precision / 32 values', () => {
    const aggregate = approximateCountDistinct((i: number) => i, { precision: 10 })
    let accumulator = aggregate.create()
    for (let i = 0; i < 32; i++) accumulator = aggregate.add(accumulator, i, 0)
    expect(accumulator).toMatchObject({ hashes: expect.any(Set), registers: undefined })
    accumulator = aggregate.add(accumulator, 32, 0)
    expect(accumulator).toEqual({ hashes: undefined, registers: expect.any(Uint8Array) })
    expect(accumulator.registers).toHaveLength(1024)
  })

  it.each([[3], [19], [12.5], [Number.NaN], ['12']])('refuses a precision of %j', (precision) => {
    expect(() => approximateCountDistinct(itself, { precision: precision as number })).toThrow(
      expect.objectContaining({ code: 'CORE_OPTION_INVALID' }),
    )
  })
})

describe('a register', () => {
  const precision = 18
  const sketchOf = (high: number, low: number): HyperLogLog => {
    const sketch: HyperLogLog = { hashes: undefined, registers: new Uint8Array(2 ** precision) }
    addHash(sketch, precision, { high, low })
    return sketch
  }

  it.each([
    [0x80000000, 0, 2 ** 17, 36],
    [0x00002000, 0, 0, 1],
    [0x00000001, 0, 0, 14],
    [0, 0x80000000 | 0, 0, 15],
    [-1 << 14, 1 << 11, 2 ** 18 - 1, 35],
    [0, 1 << 10, 0, 36],
  ])('of the hash %i %i is %i, and holds %i', (high, low, register, zeros) => {
    const { registers } = sketchOf(high, low)
    expect(registers?.[register]).toBe(zeros)
    expect(registers?.reduce((sum, each) => sum + each, 0)).toBe(zeros)
    // The same when it was kept as a hash first.
    const few: HyperLogLog = { hashes: undefined, registers: undefined }
    addHash(few, precision, { high, low })
    const merged: HyperLogLog = { hashes: undefined, registers: new Uint8Array(2 ** precision) }
    mergeSketches(merged, precision, few)
    expect(merged.registers?.[register]).toBe(zeros)
  })
})

describe('hashValue', () => {
  const hashOf = (value: PlainValue): string => {
    const hash: Hash = { high: 0, low: 0 }
    hashValue(value, hash)
    return `${(hash.high >>> 0).toString(16)} ${(hash.low >>> 0).toString(16)}`
  }

  it('is what it was, since checkpoints hold sketches of it', () => {
    expect([0, 1, -1.5, '', '1', 'patient-7', 1n, true, false].map(hashOf)).toMatchInlineSnapshot(`
      [
        "a8f96f2d 8a65ee03",
        "a846748d bbda23be",
        "d66816c2 d85e4795",
        "f943da08 172c8b10",
        "e1fcf595 69a1b8d2",
        "71cc45d3 7ce8050a",
        "47863ac4 81ec9ddc",
        "ceb38e15 fe63a8c6",
        "7a895b86 4764a3cc",
      ]
    `)
  })

  it('tells types apart, and 0 not from -0', () => {
    expect(new Set([1, '1', 1n, true, '\u0001', 'a', 'a\u0000'].map(hashOf)).size).toBe(7)
    expect(hashOf(-0)).toBe(hashOf(0))
  })

  it('turns about half of the bits when one bit of a number turns', () => {
    const hash: Hash = { high: 0, low: 0 }
    const turned = new Float64Array(64)
    const rounds = 500
    for (let i = 0; i < rounds; i++) {
      hashValue(i, hash)
      const { high, low } = hash
      hashValue(i ^ (1 << (i % 20)), hash)
      for (let bit = 0; bit < 32; bit++) {
        turned[bit] = (turned[bit] as number) + (((hash.high ^ high) >>> bit) & 1)
        turned[bit + 32] = (turned[bit + 32] as number) + (((hash.low ^ low) >>> bit) & 1)
      }
    }
    expect(Math.min(...turned) / rounds).toBeGreaterThan(0.4)
    expect(Math.max(...turned) / rounds).toBeLessThan(0.6)
  })
})
