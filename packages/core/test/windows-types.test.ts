import { expect, expectTypeOf, it } from 'vitest'
import {
  type AggregateFunction,
  count,
  countTrigger,
  createEnvironment,
  type DataStream,
  deltaEvictor,
  deltaTrigger,
  dynamicEventTimeSessionWindows,
  eventTimeSessionWindows,
  globalWindows,
  last,
  mean,
  min,
  processWindow,
  purgingTrigger,
  type TimeWindow,
  tumblingEventTimeWindows,
  valueState,
  type WindowResult,
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

it('infers what a window function makes of aggregates, of a reduced record and of records', () => {
  const byPatient = createEnvironment()
    .fromArray<Reading>([])
    .keyBy((r) => r.patientId)
  const windows = byPatient.window(tumblingEventTimeWindows('1m'))
  const aggregated = windows.aggregate({ n: count() }, ({ key, window, n }, ctx) => {
    expectTypeOf(key).toEqualTypeOf<string>()
    expectTypeOf(window).toEqualTypeOf<TimeWindow>()
    expectTypeOf(n).toEqualTypeOf<number>()
    expectTypeOf(ctx.key).toEqualTypeOf<string>()
    return n > 3 ? { key, rate: n / 60 } : undefined
  })
  expectTypeOf(aggregated).toEqualTypeOf<DataStream<{ key: string; rate: number }>>()
  const named = windows.aggregate({ n: count() }, { id: 'counts' })
  expectTypeOf(named).toEqualTypeOf<
    DataStream<WindowResult<string, { n: AggregateFunction<unknown, number, number> }>>
  >()

  const reduced = windows.reduce((a, b) => (a.spo2 < b.spo2 ? a : b))
  expectTypeOf(reduced).toEqualTypeOf<DataStream<Reading>>()
  const lowest = windows.reduce(
    (a, b) => (a.spo2 < b.spo2 ? a : b),
    (reading, ctx) => `${ctx.key} ${reading.spo2} ${ctx.window.end}`,
  )
  expectTypeOf(lowest).toEqualTypeOf<DataStream<string>>()

  const processed = windows.process((readings, ctx) => {
    expectTypeOf(readings).toEqualTypeOf<readonly Reading[]>()
    expectTypeOf(ctx.window).toEqualTypeOf<TimeWindow>()
    return readings.length
  })
  expectTypeOf(processed).toEqualTypeOf<DataStream<number>>()
  const stateful = windows.process(
    processWindow<readonly Reading[], boolean>()({
      windowState: { firings: valueState<number>() },
      globalState: { windows: valueState<string>() },
      process(readings, ctx) {
        expectTypeOf(ctx.windowState.firings.get()).toEqualTypeOf<number | undefined>()
        expectTypeOf(ctx.globalState.windows.get()).toEqualTypeOf<string | undefined>()
        ctx.emit(readings.length > 3)
      },
    }),
  )
  expectTypeOf(stateful).toEqualTypeOf<DataStream<boolean>>()
})

it('infers the records of assigners, triggers and evictors from the stream', () => {
  const byBed = createEnvironment()
    .fromArray<Reading>([])
    .keyBy((r) => r.bed)
  const windows = byBed
    .window(dynamicEventTimeSessionWindows((r) => (r.drug === undefined ? 60_000 : 5_000)))
    .trigger({
      name: 'low',
      state: { seen: valueState<number>() },
      onRecord(reading, _timestamp, ctx) {
        expectTypeOf(reading).toEqualTypeOf<Reading>()
        expectTypeOf(ctx.state.seen.get()).toEqualTypeOf<number | undefined>()
        return reading.spo2 < 90 ? 'fire' : 'continue'
      },
      onMerge(ctx) {
        expectTypeOf(ctx.merged[0]?.state.seen.get()).toEqualTypeOf<number | undefined>()
      },
    })
    .evictor(deltaEvictor(3, (a, b) => a.spo2 - b.spo2))
  expect(windows).toBeDefined()
  expect(
    byBed
      .window(globalWindows())
      .trigger(purgingTrigger(deltaTrigger<Reading>(3, (a, b) => a.spo2 - b.spo2)))
      .trigger(purgingTrigger(countTrigger(3))),
  ).toBeDefined()
})

it('refuses what does not fit the stream', () => {
  const windows = createEnvironment()
    .fromArray<Reading>([])
    .keyBy((r) => r.patientId)
    .window(tumblingEventTimeWindows('1m'))
  // @ts-expect-error a reading has no such field
  windows.aggregate({ lowest: min((r) => r.pulse) })
  // @ts-expect-error the stream has readings, not texts
  windows.process((texts: readonly string[]) => texts.length)
  // @ts-expect-error a reduced record is a record
  windows.reduce((a, b) => a.spo2 + b.spo2)
  // @ts-expect-error a trigger says one of four words
  windows.trigger({ name: 'wrong', onRecord: () => 'stop' })
})
