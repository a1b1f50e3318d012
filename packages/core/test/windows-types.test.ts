import { expect, expectTypeOf, it } from 'vitest'
import {
  count,
  createEnvironment,
  eventTimeSessionWindows,
  last,
  mean,
  min,
  type TimeWindow,
  tumblingEventTimeWindows,
} from '../src/index.ts'

interface Reading {
  readonly patientId: string
  readonly bed: number
  readonly time: number
  readonly heartRate: number | null
  readonly spo2: number
  readonly drug?: string
}

it("infers a window's result from the stream: the key, the window, and each aggregate by its name", () => {
  const results = createEnvironment()
    .fromArray<Reading>([])
    .keyBy((r) => r.patientId)
    .window(tumblingEventTimeWindows('1m'))
    .aggregate({ heartRate: mean((r) => r.heartRate), lowest: min((r) => r.spo2), readings: count() })
    .map((result) => {
      expectTypeOf(result).toEqualTypeOf<{
        readonly key: string
        readonly window: TimeWindow
        readonly heartRate: number | undefined
        readonly lowest: number | undefined
        readonly readings: number
      }>()
      return result.key.length
    })
  expect(results).toBeDefined()
})

it('infers the type of the key and of what last keeps', () => {
  const results = createEnvironment()
    .fromArray<Reading>([])
    .keyBy((r) => r.bed)
    .window(eventTimeSessionWindows('1m'))
    .aggregate({ drug: last((r) => r.drug) })
    .map((result) => {
      expectTypeOf(result).toEqualTypeOf<{
        readonly key: number
        readonly window: TimeWindow
        readonly drug: string | undefined
      }>()
      return result.key
    })
  expect(results).toBeDefined()
})
