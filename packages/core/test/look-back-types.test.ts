import { expect, expectTypeOf, it } from 'vitest'
import { boundedOutOfOrderness, count, createEnvironment, last, mean, type RankedList } from '../src/index.ts'

interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number | null
  readonly drug?: string
}

it("infers a look-back's result from the stream: the record, and each aggregate by its name", () => {
  const results = createEnvironment()
    .fromArray<Reading>([])
    .assignTimestamps((r) => r.time, boundedOutOfOrderness(0))
    .keyBy((r) => r.patientId)
    .over({ last: '5m' })
    .aggregate({ heartRate: mean((r) => r.heartRate), drug: last((r) => r.drug), readings: count() })
    .map((result) => {
      expectTypeOf(result).toEqualTypeOf<{
        readonly value: Reading
        readonly heartRate: number | undefined
        readonly drug: string | undefined
        readonly readings: number
      }>()
      return result.value.time
    })
  expect(results).toBeDefined()
})

it('refuses what is no look-back', () => {
  const keyed = createEnvironment()
    .fromArray<Reading>([])
    .keyBy((r) => r.patientId)
  // @ts-expect-error: a number of rows, or 'unbounded'
  expect(() => keyed.over({ rows: 'ten' }).aggregate({ n: count() })).toThrow(/CORE_WINDOW_INVALID/)
  // @ts-expect-error: there is no such field
  expect(() => keyed.over({ minutes: 5 }).aggregate({ n: count() })).toThrow(/CORE_WINDOW_INVALID/)
})

it('keeps the type of what is deduplicated, and gives that of a ranked list', () => {
  const keyed = createEnvironment()
    .fromArray<Reading>([])
    .keyBy((r) => r.patientId)
  const first = keyed.deduplicate({ keep: 'first' }).map((reading) => {
    expectTypeOf(reading).toEqualTypeOf<Reading>()
    return reading.time
  })
  const top = keyed.topN(3, { by: (r) => r.heartRate }).map((result) => {
    expectTypeOf(result).toEqualTypeOf<RankedList<string, Reading>>()
    return result.top.length
  })
  expect([first, top]).toHaveLength(2)
  // @ts-expect-error: first or last
  expect(() => keyed.deduplicate({ keep: 'all' })).toThrow(/CORE_OPTION_INVALID/)
})
