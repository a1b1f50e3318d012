import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrivals, gather, present, slide } from '../../../test/gathering.ts'
import { propertyRuns } from '../../../test/property-runs.ts'
import { collectSet } from './collect-set.ts'
import { countDistinct } from './count-distinct.ts'
import { mode } from './mode.ts'
import type { PlainValue } from './timed-value.ts'

// What this family catches: values taken for one another, lost, doubled or not taken back; an order that shows.

type Sample = PlainValue | null | undefined
const itself = (value: Sample): Sample => value
const sample: fc.Arbitrary<Sample> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Sample>(0, -0, 1, 1n, '1', true, false, 0n, '', 'n:1', -1, -1n) },
  { weight: 1, arbitrary: fc.constantFrom<Sample>(null, undefined, Number.NaN, Number.POSITIVE_INFINITY) },
  { weight: 1, arbitrary: fc.oneof(fc.double(), fc.string(), fc.bigInt()) },
)

/** A text that two values share only when they are the same value. */
const named = (value: PlainValue): string => `${typeof value} ${value === 0 ? 0 : value}`

describe('countDistinct, collectSet and mode', () => {
  it('agree with lists of texts', () => {
    fc.assert(
      fc.property(arrivals(sample), ({ arrived, cuts }) => {
        const names = present(arrived).map(named)
        const different = [...new Set(names)]
        expect(gather(countDistinct(itself), arrived, cuts)).toBe(different.length)
        const set = gather(collectSet(itself), arrived, cuts)
        expect(set.map(named).sort()).toEqual(different.sort())
        const times = different.map((name) => names.filter((other) => other === name).length)
        const most = Math.max(0, ...times)
        // The list is in order, so the first of those seen most often is the smallest.
        const expected = set.find((value) => names.filter((other) => other === named(value)).length === most)
        expect(gather(mode(itself), arrived, cuts)).toBe(expected)
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('do not show the order of records or of merging', () => {
    fc.assert(
      fc.property(arrivals(sample), ({ arrived, shuffled, cuts, otherCuts }) => {
        for (const aggregate of [countDistinct(itself), collectSet(itself), mode(itself)]) {
          expect(gather(aggregate as never, shuffled, otherCuts)).toStrictEqual(
            gather(aggregate as never, arrived, cuts),
          )
        }
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('take values back without a trace', () => {
    fc.assert(
      fc.property(arrivals(sample), fc.integer({ min: 1, max: 8 }), ({ arrived }, size) => {
        for (const aggregate of [countDistinct(itself), collectSet(itself), mode(itself)]) {
          expect(slide(aggregate as never, arrived, size)).toStrictEqual(
            arrived.map((_, i) => gather(aggregate as never, arrived.slice(Math.max(0, i + 1 - size), i + 1))),
          )
        }
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('list by type, then by value', () => {
    const values: Sample[] = ['b', 2n, 'B', true, 10, 1n, 9, false, -1]
    const arrived = values.map((value) => ({ value, timestamp: 0 }))
    expect(gather(collectSet(itself), arrived)).toEqual([false, true, -1, 9, 10, 1n, 2n, 'B', 'b'])
    expect(gather(mode(itself), arrived)).toBe(false)
    expect(gather(mode(itself), [])).toBeUndefined()
  })

  it('refuse an object, and do not show it', () => {
    const wrong = (() => ({ name: 'Ada' })) as unknown as () => string
    for (const aggregate of [countDistinct(wrong), collectSet(wrong), mode(wrong)]) {
      const add = () => aggregate.add(aggregate.create() as never, undefined, 0)
      expect(add).toThrow(expect.objectContaining({ code: 'CORE_AGGREGATE_INVALID' }))
      expect(add).toThrow(`selector of ${aggregate.name} gave a object`)
      expect(add).not.toThrow('Ada')
    }
  })
})
