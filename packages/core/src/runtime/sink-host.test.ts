import { expect, it } from 'vitest'
import { oneByOne } from '../../test/one-by-one.ts'
import type { CheckpointStorage } from '../checkpoint/checkpoint-storage.ts'
import {
  createEnvironment,
  type ExecuteOptions,
  fixedDelayRestart,
  memoryStorage,
  monotonousTimestamps,
} from '../index.ts'
import type { Sink, SinkContext, SinkWriter } from '../operators/sinks/sink.ts'
import type { Source } from '../operators/sources/source.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { JobClock } from '../time/clock.ts'
import type { StepMetrics } from './job-metrics.ts'
import { SinkHost } from './sink-host.ts'
import { settleNow } from './waiting.ts'

const TEN = Array.from({ length: 10 }, (_, i) => i)

/** Counts what it is given, by way of its context. */
function countingSink(opened: (context: SinkContext) => void = () => {}): Sink<number> {
  return {
    kind: 'counting',
    delivery: 'at-least-once',
    open: (context) => {
      opened(context)
      return {
        write(values) {
          for (const value of values) context.metrics?.histogram('size').record(value)
          context.metrics?.counter('written').add(values.length)
          context.metrics?.gauge('last').set(values.at(-1) as number)
        },
      }
    },
  }
}

async function run(source: Source<number>, sink: Sink<number>, options: ExecuteOptions): Promise<StepMetrics> {
  const env = createEnvironment()
  env.fromSource(source, { id: 'source' }).sinkTo(sink, { id: 'sink' })
  const { metrics } = await env.execute(options)
  return metrics.steps.find(({ id }) => id === 'sink') as StepMetrics
}

it('shows what a sink measures, its counters adding up to what was written once', async () => {
  const failAt = new Set([1, 7])
  const failing: Sink<number> = {
    ...countingSink(),
    open: async (context) => {
      const writer = await countingSink().open(context)
      return {
        write(values, timestamps) {
          if (failAt.delete(values[0] as number)) throw new Error('a fault of the test')
          return writer.write(values, timestamps)
        },
      }
    },
  }
  const options = { checkpoints: { everyRecords: 2 }, restart: fixedDelayRestart(2, 0) }
  const step = await run(oneByOne(TEN), failing, options)
  expect(step.counters).toEqual({ written: 10 })
  expect(step.gauges).toEqual({ last: 9 })
  expect(step.histograms.size).toMatchObject({ max: 9 })
})

it('goes on from a checkpoint of an older version, which holds no counters of sinks', async () => {
  const storage = memoryStorage()
  const cancel = new AbortController()
  let written = 0
  const older: CheckpointStorage = {
    ...storage,
    async take() {
      const taken = await storage.take()
      return {
        ...taken,
        async write(checkpoint) {
          const sinks = Object.entries(checkpoint.sinks).map(([id, { counters: _, ...rest }]) => [id, rest])
          await taken.write({ ...checkpoint, sinks: Object.fromEntries(sinks) })
          written += 1
          if (written === 2) cancel.abort()
        },
      }
    },
  }
  const checkpoints = { everyRecords: 2, storage: older }
  const first = run(oneByOne(TEN), countingSink(), { checkpoints, signal: cancel.signal })
  await expect(first).rejects.toMatchObject({ code: 'CORE_CANCELLED' })
  const step = await run(oneByOne(TEN), countingSink(), { checkpoints })
  expect(step.recordsIn).toBe(10)
  expect(step.counters.written).toBeLessThan(10)
})

it('tells a sink how often checkpoints come, and whether its job ends', async () => {
  const told: Partial<SinkContext>[] = []
  const sink = countingSink((context) => told.push({ ...context }))
  await run(oneByOne(TEN), sink, { checkpoints: { every: '1m' } })
  await run(oneByOne(TEN), sink, {})
  expect(told).toMatchObject([{ checkpointEveryMs: 60_000, bounded: true }, { bounded: true }])
  expect(told[1]).not.toHaveProperty('checkpointEveryMs')

  const env = createEnvironment()
  const endless = env.fromSource({ ...oneByOne(TEN), bounded: false })
  endless.union(env.fromArray([1])).sinkTo(sink)
  await env.executeAsync().stop()
  expect(told[2]).toMatchObject({ bounded: false })
})

it('tells a sink whether another run of its job has taken the checkpoints', async () => {
  const storage = memoryStorage()
  const told: (boolean | undefined)[] = []
  const sink: Sink<number> = {
    kind: 'asking',
    delivery: 'at-least-once',
    async open({ isTaken }) {
      told.push(await isTaken?.())
      await storage.take()
      told.push(await isTaken?.())
      return { write() {} }
    },
  }
  const running = run(oneByOne(TEN), sink, { checkpoints: { storage } })
  await expect(running).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_TAKEN' })
  expect(told).toEqual([false, true])
})

it('commits before it writes what waits for its writer', async () => {
  const calls: string[] = []
  const isWriting = Promise.withResolvers<void>()
  const canGoOn = Promise.withResolvers<void>()
  const writer: SinkWriter<unknown> = {
    write: (values) => {
      calls.push(`write ${values}`)
      isWriting.resolve()
      return canGoOn.promise
    },
    prepareCommit: () => 'all',
    commit: (what) => void calls.push(`commit ${what}`),
  }
  const acknowledged = Promise.withResolvers<void>()
  const committed = Promise.withResolvers<void>()
  const host = new SinkHost(
    'sink',
    { kind: 'slow', delivery: 'at-least-once', open: () => writer },
    {
      clock: new JobClock(false, 0),
      signal: new AbortController().signal,
      checkpointEveryMs: undefined,
      isBounded: true,
      isTaken: undefined,
    },
    {
      outputFull() {},
      wake() {},
      acknowledged: () => acknowledged.resolve(),
      committed: () => committed.resolve(),
      failed: (error) => committed.reject(error),
    },
  )
  settleNow(host.opening(undefined))
  host.prepare(1)
  await acknowledged.promise
  for (const value of [1, 2, 3]) {
    host.processRecord(value, 0)
    host.flush()
  }
  await isWriting.promise
  host.commit(1)
  canGoOn.resolve()
  await committed.promise
  expect(calls.slice(0, 2)).toEqual(['write 1', 'commit all'])
})

/** Gathers values, and gives them on a minute after the first of them. */
class MinuteWriter implements SinkWriter<number> {
  dueAt: number | undefined
  readonly given: (readonly [at: number, values: readonly number[]])[] = []
  readonly #clock: { now(): number }
  #values: number[] = []

  constructor(clock: { now(): number }) {
    this.#clock = clock
  }

  write(values: readonly number[]): void {
    this.dueAt ??= this.#clock.now() + 60_000
    this.#values.push(...values)
  }

  onDue(now: number): void {
    this.given.push([now, this.#values])
    this.#values = []
    this.dueAt = undefined
  }
}

it('tells a writer that its time has come, by the clock of a live job that is asleep', async () => {
  const clock = manualClock(1_000)
  const inputs = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const taken: number[] = []
  let writer: MinuteWriter | undefined
  const sink: Sink<number> = {
    kind: 'minutes',
    delivery: 'at-least-once',
    open: (context) => {
      writer = new MinuteWriter(context.clock as { now(): number })
      return writer
    },
  }
  const endless = async function* (): AsyncGenerator<number> {
    for (const input of inputs) {
      yield taken.push(0)
      await input.promise
    }
    await new Promise(() => {})
  }
  const env = createEnvironment()
  env.fromAsyncIterable({ [Symbol.asyncIterator]: endless }, { id: 'source' }).sinkTo(sink, { id: 'sink' })
  const job = env.executeAsync({ clock })
  await expect.poll(() => writer?.dueAt).toBe(61_000)
  clock.advance('59s')
  inputs[0]?.resolve()
  await expect.poll(() => taken.length).toBe(2)
  expect(writer?.given).toEqual([])
  clock.advance('1s')
  await expect.poll(() => writer?.given).toEqual([[61_000, [1, 2]]])
  clock.advance('10m')
  await job.stop()
  expect(writer?.given).toHaveLength(1)
})

it('tells a writer of a replay by the clock that the records move', async () => {
  let writer: MinuteWriter | undefined
  const sink: Sink<number> = {
    kind: 'minutes',
    delivery: 'at-least-once',
    open: (context) => {
      writer = new MinuteWriter(context.clock as { now(): number })
      return writer
    },
  }
  const env = createEnvironment()
  const source = oneByOne([0, 30_000, 60_000, 200_000])
  env
    .fromSource(source, { id: 'source', watermarks: monotonousTimestamps<number>().timestamp((time) => time) })
    .sinkTo(sink)
  await env.execute({ batchSize: 1 })
  expect(writer?.given.flatMap(([, values]) => values)).toContain(60_000)
})
