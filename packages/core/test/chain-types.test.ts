import { expectTypeOf, it } from 'vitest'
import {
  boundedOutOfOrderness,
  calendarWindows,
  count,
  createEnvironment,
  type DataStream,
  type KeyedStream,
  keyedProcess,
  mean,
  median,
  min,
  monotonousTimestamps,
  outputTag,
  topN,
  tumblingEventTimeWindows,
  valueState,
  type WindowedStream,
} from '../src/index.ts'

// A whole job in one expression, and no type in it but that of its input.

interface Reading {
  readonly patientId: string
  readonly ward: 'icu' | 'general'
  readonly time: number
  readonly heartRate: number | null
  readonly spo2: number
}

const readings: readonly Reading[] = []

it('infers through more than ten chained steps', () => {
  const changes = keyedProcess<{ readonly patientId: string; readonly lowest: number }, number>()({
    state: { before: valueState<number>() },
    processRecord(value, ctx) {
      expectTypeOf(ctx.key).toEqualTypeOf<string>()
      expectTypeOf(ctx.state.before.get()).toEqualTypeOf<number | undefined>()
      ctx.emit(value.lowest - (ctx.state.before.get() ?? value.lowest))
      ctx.state.before.set(value.lowest)
    },
  })
  const results = createEnvironment()
    .fromArray(readings)
    .assignTimestamps((r) => r.time, boundedOutOfOrderness('5s'))
    .filter((r) => r.heartRate !== null)
    .map((r) => ({ ...r, heartRate: r.heartRate ?? 0 }))
    .flatMap((r) => [r, { ...r, spo2: r.spo2 + 1 }])
    .split({ icu: (r) => r.ward === 'icu' })
    .icu.keyBy((r) => r.patientId)
    .window(tumblingEventTimeWindows('10s'))
    .aggregate({ heartRate: mean((r) => r.heartRate), lowest: min((r) => r.spo2), readings: count() })
    .keyBy((w) => w.key)
    .window(calendarWindows('day', { timeZone: 'Europe/Berlin' }))
    .aggregate({ middle: median((w) => w.heartRate), worst: min((w) => w.lowest) })
    .map((day) => {
      expectTypeOf(day.key).toEqualTypeOf<string>()
      expectTypeOf(day.middle).toEqualTypeOf<number | undefined>()
      return { patientId: day.key, lowest: day.worst ?? 100 }
    })
    .keyBy((day) => day.patientId)
    .process(changes)
    .map((change) => [change, change < 0] as const)
  expectTypeOf(results).toEqualTypeOf<DataStream<readonly [number, boolean]>>()
  expectTypeOf(results.executeAndCollect()).resolves.toEqualTypeOf<(readonly [number, boolean])[]>()
})

it('narrows by a predicate that is a type guard', () => {
  const present = createEnvironment()
    .fromArray<{ readonly at: number; readonly rate: number | null }>([])
    .filter((r): r is { readonly at: number; readonly rate: number } => r.rate !== null)
    .map((r) => r.rate)
  expectTypeOf(present).toEqualTypeOf<DataStream<number>>()
})

it('knows the key by its selector', () => {
  const stream = createEnvironment().fromArray(readings)
  expectTypeOf(stream.keyBy((r) => r.ward)).toEqualTypeOf<KeyedStream<Reading, 'icu' | 'general'>>()
  expectTypeOf(stream.keyBy((r) => r.time).window(tumblingEventTimeWindows(1))).toEqualTypeOf<
    WindowedStream<Reading, number>
  >()
})

it('knows what a side output carries by its tag', () => {
  const late = outputTag<Reading>('late')
  const windows = createEnvironment()
    .fromArray(readings)
    .assignTimestamps((r) => r.time, monotonousTimestamps())
    .keyBy((r) => r.patientId)
    .window(tumblingEventTimeWindows('1m'))
    .sideOutputLateData(late)
    .aggregate({ best: topN<Reading>(3, { by: (r) => r.spo2 }) })
  expectTypeOf(windows.getSideOutput(late)).toEqualTypeOf<DataStream<Reading>>()
})

it('refuses what does not fit, at the place where it is written', () => {
  const stream = createEnvironment().fromArray(readings)
  const mistakes = [
    // @ts-expect-error an object is no key
    () => stream.keyBy((r) => r),
    // @ts-expect-error windows by key need a key; windowAll does not
    () => stream.window(tumblingEventTimeWindows('1m')),
    () =>
      stream
        .keyBy((r) => r.ward)
        .window(tumblingEventTimeWindows('1m'))
        // @ts-expect-error a mean's selector gives a number
        .aggregate({ x: mean((r) => r.patientId) }),
    // @ts-expect-error there is no such field
    () => stream.map((r) => r.heartrate),
    // @ts-expect-error a timestamp is a number
    () => stream.assignTimestamps((r) => r.patientId, monotonousTimestamps()),
    // @ts-expect-error records of another type
    () => stream.union(createEnvironment().fromArray([1])),
  ]
  expectTypeOf(mistakes).toBeArray()
})
