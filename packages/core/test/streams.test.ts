import { expect, it } from 'vitest'
import {
  broadcastState,
  createEnvironment,
  defineJob,
  keyedBroadcastProcess,
  keyedProcess,
  monotonousTimestamps,
  operatorListState,
  processFunction,
  valueState,
} from '../src/index.ts'
import { functionSink } from '../src/operators/sinks/function-sink.ts'
import { crash, scripted } from '../src/testing/scripted-source.ts'
import { testJob } from '../src/testing/test-job.ts'

interface Reading {
  readonly bed: string
  readonly time: number
}

const byTime = monotonousTimestamps().timestamp((r: { time: number }) => r.time)
const at = (bed: string, ...times: number[]): Reading[] => times.map((time) => ({ bed, time }))

it('a union of many, itself of unions, is one stream: keyed once, a key has one state', async () => {
  const env = createEnvironment()
  const from = (...readings: Reading[]) => env.fromArray(readings, { watermarks: byTime })
  const counted = keyedProcess<Reading, string>()({
    state: { count: valueState<number>() },
    processRecord(reading, ctx) {
      const count = (ctx.state.count.get() ?? 0) + 1
      ctx.state.count.set(count)
      ctx.emit(`${ctx.key} ${reading.time} ${count} ${ctx.currentWatermark() < reading.time}`)
    },
  })
  const results = from(...at('a', 1, 5))
    .union(from(...at('a', 2), ...at('b', 6)), from(...at('b', 3)).union(from(...at('a', 4))))
    .keyBy((r) => r.bed)
    .process(counted)
    .executeAndCollect()
  expect(await results).toEqual(['a 1 1 true', 'a 2 2 true', 'b 3 1 true', 'a 4 3 true', 'a 5 4 true', 'b 6 2 true'])
})

it('a stream connected with itself gives each record to both sides, the first side first', async () => {
  const env = createEnvironment()
  const numbers = env.fromArray([1, 2])
  const both = numbers.connect(numbers).map(
    (n) => `first ${n}`,
    (n) => `second ${n}`,
  )
  expect(await both.executeAndCollect()).toEqual(['first 1', 'second 1', 'first 2', 'second 2'])
})

it('a split gives each record to one stream, and all of them are there', async () => {
  const env = createEnvironment()
  const { small, even, rest } = env.fromArray([1, 2, 3, 4, 5]).split({ small: (n) => n < 3, even: (n) => n % 2 === 0 })
  const named = small
    .map((n) => `small ${n}`)
    .union(
      even.map((n) => `even ${n}`),
      rest.map((n) => `rest ${n}`),
    )
  expect((await named.executeAndCollect()).toSorted()).toEqual(['even 4', 'rest 3', 'rest 5', 'small 1', 'small 2'])
})

it('counts what goes to a stream of a split that nobody reads', async () => {
  const env = createEnvironment()
  env
    .fromArray([1, 2, 3])
    .split({ odd: (n) => n % 2 === 1 }, { id: 'split' })
    .rest.map((n) => n)
    .print()
  const { metrics } = await env.execute()
  expect(metrics.steps.find(({ id }) => id === 'split')?.counters).toEqual({ unreadSideOutputs: 2 })
})

it('partitioning stands on the edge, is shown, and changes no result where there is one subtask', async () => {
  const env = createEnvironment()
  const numbers = env.fromArray([3, 1, 2], { id: 'numbers' })
  const partitioned = numbers
    .rebalance()
    .map((n) => n, { id: 'a' })
    .rescale()
    .map((n) => n, { id: 'b' })
    .global()
    .map((n) => n, { id: 'c' })
    .forward()
    .map((n) => n, { id: 'd' })
    .partitionCustom(
      (n) => n,
      (n, partitions) => n % partitions,
    )
    .map((n) => n, { id: 'e' })
    .broadcast()
    .map((n) => n, { id: 'f' })
  partitioned.print()
  const text = env.explain()
  for (const shown of [
    'numbers (rebalance)',
    'a (rescale)',
    'b (global)',
    'c (forward)',
    'd (custom)',
    'e (broadcast)',
  ]) {
    expect(text).toContain(`<- ${shown}`)
  }
  expect(await partitioned.executeAndCollect()).toEqual([3, 1, 2])
})

it('assignTimestamps moves into the source whatever the partitioning behind it, which stays', () => {
  const env = createEnvironment()
  env
    .fromArray(at('a', 1), { id: 'readings' })
    .rebalance()
    .assignTimestamps((r) => r.time, monotonousTimestamps())
    .map((r) => r)
    .print()
  expect(env.explain()).toContain('<- readings (rebalance)')
})

it('refuses what is partitioned one way and keyed another, and a partitioner that is no function', () => {
  const refusal = (partition: (env: ReturnType<typeof createEnvironment>) => void): string => {
    const env = createEnvironment()
    partition(env)
    try {
      env.explain()
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  const noop = keyedProcess<number, never, number>()({ processRecord() {} })
  const keyed = (stream: ReturnType<ReturnType<typeof createEnvironment>['fromArray']>): void =>
    stream
      .keyBy(Number)
      .process(noop as never, { id: 'keyed' })
      .print()
  expect(refusal((env) => keyed(env.fromArray<unknown>([1], { id: 'numbers' }).broadcast() as never))).toContain(
    "step 'keyed' is keyed, but 'numbers' is broadcast to it: each subtask would handle every key; use connectBroadcast",
  )
  expect(refusal((env) => keyed(env.fromArray<unknown>([1], { id: 'numbers' }).global() as never))).toContain(
    "step 'keyed' is keyed, but the records of 'numbers' are partitioned otherwise (global) before the keyBy",
  )
  expect(refusal((env) => keyed(env.fromArray<unknown>([1]).rebalance() as never))).toBe('')
  expect(() =>
    createEnvironment()
      .fromArray([1])
      .partitionCustom(Number, 3 as never),
  ).toThrow('partitionCustom: partitioner was number, not a function')
})

it('refuses streams of two jobs put together', () => {
  const [one, other] = [createEnvironment().fromArray([1]), createEnvironment().fromArray([2])]
  const key = (n: number): number => n
  expect(() => one.union(other)).toThrow('CORE_JOB_INVALID')
  expect(() => one.connect(other)).toThrow('CORE_JOB_INVALID')
  expect(() => one.connectBroadcast(other)).toThrow('CORE_JOB_INVALID')
  expect(() => one.keyBy(key).connect(other.keyBy(key))).toThrow('CORE_JOB_INVALID')
  expect(() => one.keyBy(key).connectBroadcast(other)).toThrow('CORE_JOB_INVALID')
})

it('shows the second input, keyed or broadcast, in text and picture', () => {
  const env = createEnvironment()
  const fn = keyedBroadcastProcess<Reading, string, string>()({
    broadcastState: { rules: broadcastState<string, string>() },
    processRecord() {},
    processBroadcastRecord() {},
  })
  env
    .fromArray(at('a', 1), { id: 'readings' })
    .keyBy((r) => r.bed)
    .connectBroadcast(env.fromArray(['r'], { id: 'rules' }))
    .process(fn, { id: 'alarms' })
    .print()
  expect(env.explain()).toMatch(
    /alarms {2}\[keyed-broadcast-process; state rules; .*<- readings by key, rules \(broadcast\) as second input/,
  )
  expect(env.explain('mermaid')).toContain('|broadcast, second input|')
})

it('operator and broadcast state survive a crash', async () => {
  const total = processFunction<number, number>()({
    state: { total: operatorListState<number>() },
    processRecord(n, ctx) {
      const total = (ctx.state.total.get()[0] ?? 0) + n
      ctx.state.total.update([total])
      ctx.emit(total)
    },
  })
  const scaled = keyedBroadcastProcess<number, number, number, boolean>()({
    state: { count: valueState<number>() },
    broadcastState: { factor: broadcastState<string, number>() },
    processRecord: (n, ctx) => ctx.emit(n * (ctx.broadcastState.factor.get('by') ?? 1)),
    processBroadcastRecord: (n, ctx) => ctx.broadcastState.factor.put('by', n),
  })
  const job = defineJob('totals', (env) => {
    env
      .fromArray<number>([], { id: 'numbers' })
      .process(total, { id: 'total' })
      .keyBy((n) => n > 0)
      .connectBroadcast(env.fromArray<number>([], { id: 'factors' }))
      .process(scaled, { id: 'scaled' })
      .sinkTo(
        functionSink('out', () => {}),
        { id: 'out' },
      )
  })
  const numbers = [1, 2, 3, 4].flatMap((n) => [n, crash()])
  const { output } = testJob(job, { numbers: scripted(...numbers), factors: scripted(10) })
  expect(await output('out')).toEqual([1, 30, 60, 100])
})

it('an event-time TTL needs timestamps: refused when the job is built', () => {
  const env = createEnvironment()
  const held = keyedProcess<number, never, number>()({
    state: { n: valueState<number>({ ttl: { after: '1h', domain: 'event-time' } }) },
    processRecord() {},
  })
  env
    .fromArray([1])
    .keyBy((n) => n)
    .process(held, { id: 'held' })
    .print()
  expect(() => env.explain()).toThrow(
    "step 'held' (keyed-process) works in event time, but its records have no timestamps",
  )
})
