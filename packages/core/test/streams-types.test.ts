import { expect, expectTypeOf, it } from 'vitest'
import {
  aggregatingState,
  broadcastProcess,
  broadcastState,
  coProcess,
  createEnvironment,
  type DataStream,
  keyedBroadcastProcess,
  keyedCoProcess,
  keyedProcess,
  listState,
  mapState,
  mean,
  operatorListState,
  processFunction,
  reducingState,
  valueState,
} from '../src/index.ts'

interface Reading {
  readonly bed: string
  readonly time: number
  readonly value: number
}

interface Limit {
  readonly bed: string
  readonly above: number
}

const env = createEnvironment()
const readings = env.fromArray<Reading>([])
const limits = env.fromArray<Limit>([])

it('split names its streams by the predicates, and narrows by those that are type guards', () => {
  const mixed = env.fromArray<Reading | Limit>([])
  const {
    limits: onlyLimits,
    high,
    rest,
  } = mixed.split({
    limits: (r): r is Limit => 'above' in r,
    high: (r) => 'value' in r && r.value > 1,
  })
  expectTypeOf(onlyLimits).toEqualTypeOf<DataStream<Limit>>()
  expectTypeOf(high).toEqualTypeOf<DataStream<Reading | Limit>>()
  expectTypeOf(rest).toEqualTypeOf<DataStream<Reading | Limit>>()
})

it('map, filter and flatMap take a function or an object, and infer from either', () => {
  const mapped = readings
    .map({ open: (ctx) => expectTypeOf(ctx.isReplay).toEqualTypeOf<boolean>(), map: (r) => r.value })
    .filter({ filter: (n) => n > 1 })
    .flatMap({ flatMap: (n) => [String(n)] })
    .map((text) => text.length)
  expectTypeOf(mapped).toEqualTypeOf<DataStream<number>>()
})

it('connect gives each function its own type, and one result type', () => {
  const connected = readings.connect(limits)
  expectTypeOf(
    connected.map(
      (r) => r.value,
      (l) => l.above,
    ),
  ).toEqualTypeOf<DataStream<number>>()
  expectTypeOf(
    connected.flatMap(
      (r) => [r.bed],
      (l) => new Set([l.above]),
    ),
  ).toEqualTypeOf<DataStream<string | number>>()
  const fn = coProcess<Reading, Limit, string>()({
    state: { seen: operatorListState<number>() },
    processFirst(r, ctx) {
      expectTypeOf(r).toEqualTypeOf<Reading>()
      expectTypeOf(ctx.state.seen.get()).toEqualTypeOf<readonly number[]>()
    },
    processSecond: (l) => expectTypeOf(l).toEqualTypeOf<Limit>(),
  })
  expectTypeOf(connected.process(fn)).toEqualTypeOf<DataStream<string>>()
})

it('keys of connected streams have to be of one type', () => {
  const byBed = readings.keyBy((r) => r.bed)
  const fn = keyedCoProcess<Reading, Limit, number>()({
    state: { limit: valueState<number>() },
    processFirst: (r, ctx) => {
      expectTypeOf(ctx.key).toEqualTypeOf<string>()
      ctx.emit(r.value - (ctx.state.limit.get() ?? 0))
    },
    processSecond: (l, ctx) => ctx.state.limit.set(l.above),
  })
  expectTypeOf(byBed.connect(limits.keyBy((l) => l.bed)).process(fn)).toEqualTypeOf<DataStream<number>>()
  const keyed = readings.connect(limits).keyBy(
    (r) => r.bed,
    (l) => l.bed,
  )
  expectTypeOf(keyed.process(fn)).toEqualTypeOf<DataStream<number>>()
  // @ts-expect-error a number is no string
  byBed.connect(limits.keyBy((l) => l.above))
})

it('states are typed by what they declare', () => {
  keyedProcess<Reading, number>()({
    state: {
      value: valueState<number>(),
      list: listState<string>(),
      map: mapState<string, Date>({ ttl: { after: '1h', domain: 'event-time' } }),
      highest: reducingState((a: number, b: number) => Math.max(a, b)),
      average: aggregatingState(mean((r: Reading) => r.value)),
      own: operatorListState<Reading>(),
    },
    open: (ctx) => {
      expectTypeOf(ctx.state.own.get()).toEqualTypeOf<readonly Reading[]>()
      // @ts-expect-error a state of keys needs a key
      expect(ctx.state.value).toBeUndefined()
    },
    processRecord(reading, ctx) {
      expectTypeOf(ctx.state.value.get()).toEqualTypeOf<number | undefined>()
      expectTypeOf(ctx.state.list.get()).toEqualTypeOf<readonly string[]>()
      expectTypeOf(ctx.state.map.get('a')).toEqualTypeOf<Date | undefined>()
      expectTypeOf(ctx.state.highest.add).parameters.toEqualTypeOf<[number]>()
      expectTypeOf(ctx.state.average.add).parameters.toEqualTypeOf<[Reading]>()
      expectTypeOf(ctx.state.average.get()).toEqualTypeOf<number | undefined>()
      ctx.state.average.add(reading)
    },
  })
  processFunction<Reading, number>()({
    // @ts-expect-error a state of keys needs a key
    state: { value: valueState<number>() },
    processRecord() {},
  })
  // @ts-expect-error operator state has no TTL
  operatorListState({ ttl: { after: '1h', domain: 'event-time' } })
})

it('broadcast state is read-only on the side that is not broadcast', () => {
  const fn = keyedBroadcastProcess<Reading, Limit, string>()({
    state: { count: valueState<number>(), own: operatorListState<string>() },
    broadcastState: { limits: broadcastState<string, Limit>() },
    processRecord(_r, ctx) {
      expectTypeOf(ctx.broadcastState.limits.get('a')).toEqualTypeOf<Limit | undefined>()
      // @ts-expect-error read-only here
      expect(() => ctx.broadcastState.limits.put('a', { bed: 'a', above: 1 })).toThrow()
    },
    processBroadcastRecord(limit, ctx) {
      ctx.broadcastState.limits.put(limit.bed, limit)
      ctx.applyToKeys('count', (key, count) => {
        expectTypeOf(key).toEqualTypeOf<string>()
        expectTypeOf(count.get()).toEqualTypeOf<number | undefined>()
      })
      // @ts-expect-error it belongs to no key
      ctx.applyToKeys('own', () => {})
      // @ts-expect-error there is no key
      expect(ctx.key).toBeUndefined()
    },
    onTimer: (_timer, ctx) => expectTypeOf(ctx.key).toEqualTypeOf<string>(),
  })
  expectTypeOf(
    readings
      .keyBy((r) => r.bed)
      .connectBroadcast(limits)
      .process(fn),
  ).toEqualTypeOf<DataStream<string>>()

  const plain = broadcastProcess<Reading, Limit, number>()({
    broadcastState: { limits: broadcastState<string, number>() },
    processRecord: (r, ctx) => ctx.emit(r.value - (ctx.broadcastState.limits.get(r.bed) ?? 0)),
    processBroadcastRecord: (l, ctx) => ctx.broadcastState.limits.put(l.bed, l.above),
  })
  expectTypeOf(readings.connectBroadcast(limits).process(plain)).toEqualTypeOf<DataStream<number>>()
})

it('reduce keeps the type, partitioning too, and the partitioner gets the key that the selector gives', () => {
  expectTypeOf(readings.keyBy((r) => r.bed).reduce((a, b) => (a.value > b.value ? a : b))).toEqualTypeOf<
    DataStream<Reading>
  >()
  expectTypeOf(readings.rebalance().rescale().global().forward().broadcast()).toEqualTypeOf<DataStream<Reading>>()
  const partitioned = readings.partitionCustom(
    (r) => r.time,
    (key, partitions) => {
      expectTypeOf(key).toEqualTypeOf<number>()
      return key % partitions
    },
  )
  expectTypeOf(partitioned).toEqualTypeOf<DataStream<Reading>>()
})
