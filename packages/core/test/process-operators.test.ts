import { describe, expect, it } from 'vitest'
import { outputTag } from '../src/elements/output-tag.ts'
import { mean } from '../src/functions/aggregates/mean.ts'
import { broadcastProcess, keyedBroadcastProcess } from '../src/functions/broadcast-process-function.ts'
import { coProcess, keyedCoProcess } from '../src/functions/co-process-function.ts'
import { keyedProcess, processFunction } from '../src/functions/process-function.ts'
import { broadcastProcessOperator } from '../src/operators/basic/broadcast-process.ts'
import { coFlatMapOperator } from '../src/operators/basic/co-flat-map.ts'
import { coMapOperator } from '../src/operators/basic/co-map.ts'
import { coProcessOperator } from '../src/operators/basic/co-process.ts'
import { filterOperator } from '../src/operators/basic/filter.ts'
import { flatMapOperator } from '../src/operators/basic/flat-map.ts'
import { keyedBroadcastProcessOperator } from '../src/operators/basic/keyed-broadcast-process.ts'
import { keyedCoProcessOperator } from '../src/operators/basic/keyed-co-process.ts'
import { keyedProcessOperator } from '../src/operators/basic/keyed-process.ts'
import { keyedReduceOperator } from '../src/operators/basic/keyed-reduce.ts'
import { mapOperator } from '../src/operators/basic/map.ts'
import { processOperator } from '../src/operators/basic/process.ts'
import { splitOperator } from '../src/operators/basic/split.ts'
import { withPerKeyWatermarks } from '../src/operators/with-per-key-watermarks.ts'
import {
  aggregatingState,
  broadcastState,
  listState,
  mapState,
  operatorListState,
  reducingState,
  valueState,
} from '../src/state/descriptors.ts'
import { operatorHarness } from '../src/testing/operator-harness.ts'
import { record, type ScriptElement, time, watermark } from '../src/testing/script.ts'
import { verifyOperator } from '../src/testing/verify-operator.ts'

interface Reading {
  readonly key: string
  readonly value: number
}

interface Rule {
  readonly name: string
  readonly above: number
}

const keyBy = (reading: Reading): string => reading.key
const read = (key: string, value: number, timestamp: number): ScriptElement<Reading> =>
  record({ key, value }, timestamp)
const rule = (name: string, above: number, timestamp: number): ScriptElement<Rule> =>
  record({ name, above }, timestamp, 1)

/** Two inputs, three keys, ties, a late record on each side. */
const twoInputs: readonly ScriptElement<Reading | Rule>[] = [
  read('b', 1, 5),
  rule('high', 2, 5),
  time(6),
  read('a', 3, 12),
  watermark(9),
  rule('high', 1, 4),
  watermark(7, 1),
  read('c', 4, 11),
  rule('low', 0, 13),
  read('a', 2, 11),
  time(30),
  watermark(25),
  watermark(25, 1),
  read('b', 6, 8),
  rule('high', 5, 31),
  read('b', 7, 31),
  watermark(60, 1),
  read('a', 9, 61),
]

const oneInput = twoInputs.filter(
  (e): e is ScriptElement<Reading> => e.type === 'time' || ('input' in e && e.input === 0),
)

describe('two inputs, run in every way', () => {
  const allowsLate = true

  it('co-map', () =>
    verifyOperator(
      coMapOperator(
        (r: Reading) => r.value,
        (r: Rule) => r.name,
      ),
      twoInputs,
      { allowsLate, expected: [1, 'high', 3, 'high', 4, 'low', 2, 6, 'high', 7, 9] },
    ))

  it('co-flat-map', () =>
    verifyOperator(
      coFlatMapOperator(
        (r: Reading) => (r.value > 5 ? [r.value, r.value] : []),
        (r: Rule) => new Set([r.name]),
      ),
      twoInputs,
      { allowsLate, expected: ['high', 'high', 'low', 6, 6, 'high', 7, 7, 9, 9] },
    ))

  it('co-process with operator state', () =>
    verifyOperator(
      coProcessOperator(
        coProcess<Reading, Rule, unknown>()({
          state: { rules: operatorListState<string>() },
          processFirst: (r, ctx) => ctx.emit([r.value, ctx.timestamp, ...ctx.state.rules.get()]),
          processSecond(r, ctx) {
            if (ctx.state.rules.get().includes(r.name)) ctx.state.rules.clear()
            ctx.state.rules.add(r.name)
          },
        }),
      ),
      twoInputs,
      { allowsLate },
    ))

  it('keyed co-process: one state and one set of timers for each key', () =>
    verifyOperator(
      keyedCoProcessOperator(
        keyedCoProcess<Reading, Rule, unknown>()({
          state: { newest: valueState<number>(), seen: listState<string>() },
          processFirst(r, ctx) {
            ctx.state.newest.set(r.value)
            ctx.state.seen.add(`first ${r.value}`)
            ctx.timers.eventTime.replace('wait', ctx.timestamp + 10)
          },
          processSecond(r, ctx) {
            ctx.state.seen.add(`second ${r.above}`)
            ctx.timers.eventTime.register(ctx.timestamp + 10, 'second')
            ctx.emit(`${ctx.key} ${ctx.state.newest.get()} ${r.above}`)
          },
          onTimer(timer, ctx) {
            ctx.emit({ ...timer, key: ctx.key, seen: [...ctx.state.seen.get()] })
            if (timer.name === 'second') ctx.state.seen.clear()
          },
        }),
      ),
      twoInputs,
      { keyBy, secondKeyBy: (r) => (r.above > 1 ? 'b' : 'a'), allowsLate },
    ))

  it('broadcast process', () =>
    verifyOperator(
      broadcastProcessOperator(
        broadcastProcess<Reading, Rule, unknown>()({
          state: { count: operatorListState<number>() },
          broadcastState: { rules: broadcastState<string, number>() },
          processRecord: (r, ctx) => ctx.emit([r.value, ...ctx.broadcastState.rules.entries()]),
          processBroadcastRecord(r, ctx) {
            ctx.state.count.add(r.above)
            // Moves it to the end: the order of entries is part of the state.
            ctx.broadcastState.rules.remove(r.name)
            ctx.broadcastState.rules.put(r.name, r.above)
            ctx.emit([...ctx.state.count.get()])
          },
        }),
      ),
      twoInputs,
      { allowsLate },
    ))

  it('keyed broadcast process: rules for all, state for each, applied to keys in their order', () =>
    verifyOperator(
      keyedBroadcastProcessOperator(
        keyedBroadcastProcess<Reading, Rule, unknown>()({
          state: {
            above: reducingState((a: number, b: number) => a + b),
            last: valueState<number>({ ttl: { after: 15, domain: 'event-time' } }),
            seen: mapState<string, number>(),
          },
          broadcastState: { rules: broadcastState<string, number>() },
          processRecord(r, ctx) {
            for (const [name, above] of ctx.broadcastState.rules.entries()) {
              if (r.value > above) ctx.state.above.add(1)
              ctx.state.seen.put(name, r.value)
            }
            ctx.state.last.set(r.value)
            ctx.timers.processingTime.replace('silence', Math.max(0, ctx.now()) + 10)
            ctx.emit([ctx.key, ctx.state.above.get(), [...ctx.state.seen.entries()]])
          },
          processBroadcastRecord(r, ctx) {
            ctx.broadcastState.rules.put(r.name, r.above)
            ctx.applyToKeys('last', (key, last) => ctx.emit([key, last.get()]))
            if (r.above === 5) ctx.applyToKeys('above', (_key, above) => above.clear())
            ctx.applyToKeys('last', (_key, last, keyed) => {
              keyed.state.seen.put('told', r.above)
              keyed.timers.processingTime.replace('told', Math.max(0, keyed.now()) + 5)
              keyed.emit([keyed.key, last.get(), keyed.state.above.get()])
            })
          },
          onTimer: (timer, ctx) => ctx.emit([timer.name, ctx.key, ctx.broadcastState.rules.size]),
        }),
      ),
      twoInputs,
      { keyBy, allowsLate },
    ))
})

describe('one input, run in every way', () => {
  const allowsLate = true

  it('keyed reduce', () =>
    verifyOperator(
      keyedReduceOperator((held: Reading, r: Reading) => ({ key: r.key, value: held.value + r.value })),
      oneInput,
      {
        keyBy,
        allowsLate,
        expected: [
          ['b', 1],
          ['a', 3],
          ['c', 4],
          ['a', 5],
          ['b', 7],
          ['b', 14],
          ['a', 14],
        ].map(([key, value]) => ({ key, value })),
      },
    ))

  it('keyed reduce that forgets', () =>
    verifyOperator(
      keyedReduceOperator((held: Reading, r: Reading) => ({ key: r.key, value: held.value + r.value }), {
        ttl: { after: 10, domain: 'event-time' },
      }),
      oneInput,
      {
        keyBy,
        allowsLate,
        // What was written at 5 has gone at 15: the late record of 8 and the one of 31 begin anew, and so does the last.
        expected: [
          ['b', 1],
          ['a', 3],
          ['c', 4],
          ['a', 5],
          ['b', 6],
          ['b', 7],
          ['a', 9],
        ].map(([key, value]) => ({ key, value })),
      },
    ))

  it('split: the first predicate that holds, what none wants to the main output', () =>
    verifyOperator(splitOperator<Reading>({ high: (r) => r.value > 3, b: (r) => r.key === 'b' }), oneInput, {
      allowsLate,
      expected: [
        ['a', 3],
        ['a', 2],
      ].map(([key, value]) => ({ key, value })),
    }))

  it('process with operator state', () =>
    verifyOperator(
      processOperator(
        processFunction<Reading, unknown>()({
          state: { waiting: operatorListState<number>() },
          processRecord(r, ctx) {
            ctx.state.waiting.add(r.value)
            if (ctx.state.waiting.get().length < 3) return
            ctx.emit([...ctx.state.waiting.get()])
            ctx.state.waiting.update([])
          },
        }),
      ),
      oneInput,
      {
        allowsLate,
        expected: [
          [1, 3, 4],
          [2, 6, 7],
        ],
      },
    ))

  for (const domain of ['event-time', 'processing-time'] as const) {
    for (const refresh of ['write', 'read-and-write'] as const) {
      it(`every kind of state with a TTL in ${domain}, refreshed by ${refresh}`, () => {
        const ttl = { after: 12, domain, refresh }
        const fn = keyedProcess<Reading, unknown>()({
          state: {
            value: valueState<number>({ ttl }),
            list: listState<number>({ ttl }),
            map: mapState<number, number>({ ttl }),
            highest: reducingState((a: number, b: number) => Math.max(a, b), { ttl }),
            average: aggregatingState(
              mean((n: number) => n),
              { ttl },
            ),
          },
          processRecord(r, ctx) {
            const { value, list, map, highest, average } = ctx.state
            ctx.emit([ctx.key, value.get(), [...list.get()], [...map.entries()], highest.get(), average.get()])
            value.set(r.value)
            list.add(r.value)
            map.put(r.value % 3, r.value)
            highest.add(r.value)
            average.add(r.value)
            ctx.timers.eventTime.register(ctx.timestamp + 11)
            ctx.timers.eventTime.register(ctx.timestamp + 12)
            ctx.timers.processingTime.replace('later', Math.max(0, ctx.now()) + 11)
          },
          onTimer(timer, ctx) {
            ctx.emit([timer.time, ctx.key, ctx.state.value.get(), [...ctx.state.list.get()], ctx.state.average.get()])
          },
        })
        const script = [time(0), ...oneInput]
        return verifyOperator(keyedProcessOperator(fn), script, { keyBy, allowsLate })
      })
    }
  }
})

it('a timer sees what is as old as it says, however far the watermark goes at once', () => {
  const held = keyedProcess<number, number | undefined>()({
    state: { n: valueState<number>({ ttl: { after: 10, domain: 'event-time' } }) },
    processRecord(n, ctx) {
      ctx.state.n.set(n)
      ctx.timers.eventTime.register(ctx.timestamp + 9)
      ctx.timers.eventTime.register(ctx.timestamp + 10)
    },
    onTimer: (_timer, ctx) => ctx.emit(ctx.state.n.get()),
  })
  const harness = operatorHarness(keyedProcessOperator(held), { keyBy: () => 'k' })
  harness.process(7, 100)
  harness.watermark(1_000)
  expect(harness.output().map(({ value }) => value)).toEqual([7, undefined])
})

it('with a watermark for each key an entry ages by that of its own key, also across a restart', () => {
  const held = keyedProcess<Reading, string>()({
    state: { n: valueState<number>({ ttl: { after: 10, domain: 'event-time' } }) },
    processRecord(r, ctx) {
      ctx.emit(`${ctx.key} ${ctx.state.n.get()}`)
      if (r.value > 0) ctx.state.n.set(r.value)
    },
  })
  for (const restarts of [false, true]) {
    const harness = operatorHarness(withPerKeyWatermarks(keyedProcessOperator(held), { maxDelay: 0 }), { keyBy })
    const steps: [string, number, number][] = [
      ['a', 1, 100],
      ['b', 2, 5_000],
      ['b', 3, 9_000],
      ['a', 0, 109],
      ['b', 0, 9_005],
      ['a', 0, 111],
      ['a', 0, 112],
    ]
    for (const [key, value, timestamp] of steps) {
      if (restarts) harness.restart()
      harness.process({ key, value }, timestamp)
    }
    const emitted = harness.output().map(({ value }) => value)
    // The watermark in force before a record is that of the record before: 110 when the last of a comes.
    expect(emitted).toEqual(['a undefined', 'b undefined', 'b 2', 'a 1', 'b 3', 'a 1', 'a undefined'])
  }
})

it('a broadcast record sees no key, and no state of one', () => {
  const fn = keyedBroadcastProcess<Reading, Rule, string>()({
    state: { last: valueState<number>() },
    processRecord: (r, ctx) => ctx.state.last.set(r.value),
    processBroadcastRecord(_rule, ctx) {
      expect(Object.keys(ctx.state)).toEqual([])
      expect('key' in ctx).toBe(false)
      ctx.emit('seen')
    },
  })
  const harness = operatorHarness(keyedBroadcastProcessOperator(fn), { keyBy })
  harness.process({ key: 'a', value: 1 }, 0)
  harness.processSecond({ name: 'high', above: 1 }, 0)
  expect(harness.output()).toHaveLength(1)
})

it('broadcast state cannot be written from the other side, whatever is cast', () => {
  const fn = broadcastProcess<Reading, Rule, string>()({
    broadcastState: { rules: broadcastState<string, number>() },
    processRecord: (_r, ctx) => (ctx.broadcastState.rules as unknown as Map<string, number>).set('a', 1),
    processBroadcastRecord() {},
  })
  const harness = operatorHarness(broadcastProcessOperator(fn))
  expect(() => harness.process({ key: 'a', value: 1 }, 0)).toThrow()
})

describe('rich functions', () => {
  function logged(log: string[]) {
    return {
      open: (ctx: { operatorId: string }) => log.push(`open ${ctx.operatorId}`),
      close: () => log.push('close'),
    }
  }

  it('are opened before the first record and closed after the last, in every attempt', () => {
    const log: string[] = []
    const factories = [
      mapOperator({ ...logged(log), map: (n: number) => log.push(`map ${n}`) }),
      filterOperator({ ...logged(log), filter: (n: number) => log.push(`filter ${n}`) > 0 }),
      flatMapOperator({ ...logged(log), flatMap: (n: number) => [log.push(`flatMap ${n}`)] }),
      processOperator<number, number>({ ...logged(log), processRecord: (n) => log.push(`process ${n}`) }),
    ]
    for (const factory of factories) {
      expect(factory.fusable).toBeUndefined()
      const harness = operatorHarness(factory)
      harness.process(1, 0)
      harness.restart()
      harness.process(2, 0)
      harness.close()
      const { kind } = factory
      const name = kind === 'flat-map' ? 'flatMap' : kind
      expect(log.splice(0)).toEqual(['open tested', `${name} 1`, 'close', 'open tested', `${name} 2`, 'close'])
    }
  })

  it('see in open what the checkpoint left of the state of the step itself', () => {
    const seen: unknown[] = []
    const fn = keyedProcess<Reading, never>()({
      state: { total: operatorListState<number>(), last: valueState<number>() },
      open: ({ state }) => seen.push([...state.total.get()], Object.keys(state)),
      processRecord(r, ctx) {
        ctx.state.total.add(r.value)
        ctx.state.last.set(r.value)
      },
    })
    const harness = operatorHarness(keyedProcessOperator(fn), { keyBy })
    harness.process({ key: 'a', value: 1 }, 0)
    harness.restart()
    expect(seen).toEqual([[], ['total'], [1], ['total']])
  })

  it('are closed once, also where open threw', () => {
    const log: string[] = []
    const factory = mapOperator({
      open() {
        throw new Error('no')
      },
      close: () => log.push('close'),
      map: (n: number) => n,
    })
    const operator = factory.create()
    expect(() => operator.open?.({ output: { emit() {}, emitTo() {} } } as never)).toThrow('no')
    operator.close?.()
    operator.close?.()
    expect(log).toEqual(['close'])
  })

  it('are refused where they are neither a function nor have the method', () => {
    expect(() => mapOperator(42 as never)).toThrow('map was given number, neither a function nor an object')
    expect(() => filterOperator({ map: () => true } as never)).toThrow('CORE_OPTION_INVALID')
    expect(() => flatMapOperator(null as never)).toThrow('flatMap was given null')
  })
})

it('refuses a split without predicates, with one that is no function, or with one called rest', () => {
  expect(() => splitOperator({})).toThrow('a split was given no predicates')
  expect(() => splitOperator({ a: 1 as never })).toThrow("the predicate 'a' of a split was number")
  expect(() => splitOperator({ rest: () => true })).toThrow("a split has a predicate named 'rest'")
})

it('side outputs of a function on two inputs go where they are read', () => {
  const odd = outputTag<number>('odd')
  const fn = coProcess<number, number, number>()({
    sideOutputs: [odd],
    processFirst: (n, ctx) => (n % 2 === 1 ? ctx.emitTo(odd, n) : ctx.emit(n)),
    processSecond: (n, ctx) => ctx.emit(-n),
  })
  const harness = operatorHarness(coProcessOperator(fn))
  harness.process(1, 0)
  harness.process(2, 0)
  harness.processSecond(3, 0)
  expect(harness.sideOutput(odd).map(({ value }) => value)).toEqual([1])
  expect(harness.output().map(({ value }) => value)).toEqual([2, -3])
})
