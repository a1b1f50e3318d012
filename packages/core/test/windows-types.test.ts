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

it("infers a count window's result: the key and each aggregate, and no window", () => {
  const readings = createEnvironment().fromArray<Reading>([])
  const windows = readings.keyBy((r) => r.bed).countWindow(3, 1)
  windows.aggregate({ n: count(), lowest: min((r) => r.spo2) }).map((result) => {
    expectTypeOf(result).toEqualTypeOf<{
      readonly key: number
      readonly n: number
      readonly lowest: number | undefined
    }>()
    // @ts-expect-error a window of so many records has no start and end to tell of
    return result.window
  })
  const rates = windows.aggregate({ n: count() }, ({ key, n }, ctx) => {
    expectTypeOf(ctx.key).toEqualTypeOf<number>()
    return `${key} ${n}`
  })
  expectTypeOf(rates).toEqualTypeOf<DataStream<string>>()
  expectTypeOf(windows.reduce((a, b) => (a.spo2 < b.spo2 ? a : b))).toEqualTypeOf<DataStream<Reading>>()
  const drugs = windows.process((records, ctx) => {
    expectTypeOf(records).toEqualTypeOf<readonly Reading[]>()
    expectTypeOf(ctx.key).toEqualTypeOf<number>()
    return records.map((r) => r.drug)
  })
  expectTypeOf(drugs).toEqualTypeOf<DataStream<(string | undefined)[]>>()
  // @ts-expect-error a reading has no such field
  windows.aggregate({ lowest: min((r) => r.pulse) })
  // @ts-expect-error a number of records is no duration
  const byTime = () => readings.keyBy((r) => r.bed).countWindow('1m')
  expect(byTime).toThrow('1m')
})

it('infers the results of windows of a whole stream, which have no key', () => {
  const readings = createEnvironment().fromArray<Reading>([])
  const windows = readings.windowAll(tumblingEventTimeWindows('1m'))
  windows.aggregate({ n: count() }).map((result) => {
    expectTypeOf(result).toEqualTypeOf<{ readonly window: TimeWindow; readonly n: number }>()
    // @ts-expect-error there is no key
    return result.key
  })
  expectTypeOf(windows.aggregate({ n: count() }, ({ window, n }) => n / (window.end - window.start))).toEqualTypeOf<
    DataStream<number>
  >()
  const lowest = windows.reduce(
    (a, b) => (a.spo2 < b.spo2 ? a : b),
    (reading, { window }) => `${reading.patientId} ${window.end}`,
  )
  expectTypeOf(lowest).toEqualTypeOf<DataStream<string>>()
  expectTypeOf(windows.process((records) => records.length)).toEqualTypeOf<DataStream<number>>()
  // @ts-expect-error a reduced record is a record
  windows.reduce((a, b) => a.spo2 + b.spo2)

  const counted = readings.countWindowAll(3, 1)
  counted.aggregate({ n: count() }).map((result) => {
    expectTypeOf(result).toEqualTypeOf<{ readonly n: number }>()
    // @ts-expect-error there is neither a key nor a window
    return result.window
  })
  expectTypeOf(counted.reduce((a, b) => (a.spo2 < b.spo2 ? a : b))).toEqualTypeOf<DataStream<Reading>>()
  expectTypeOf(counted.process((records) => records.map((r) => r.bed))).toEqualTypeOf<DataStream<number[]>>()
})

it('takes a delay of each key, and keeps what windows are of', () => {
  const windows = createEnvironment()
    .fromArray<Reading>([])
    .keyBy((r) => r.patientId)
    .window(tumblingEventTimeWindows('1m'))
  const byKey = windows.perKeyWatermarks({ maxDelay: '5s', idleAfter: '1m' })
  expectTypeOf(byKey).toEqualTypeOf<typeof windows>()
  byKey.aggregate({ n: count() }, ({ key }) => {
    expectTypeOf(key).toEqualTypeOf<string>()
    return key
  })
  // @ts-expect-error how late a key's records may be has to be said
  windows.perKeyWatermarks({ idleAfter: '1m' })
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
