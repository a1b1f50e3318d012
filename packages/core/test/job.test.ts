import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import {
  boundedOutOfOrderness,
  count,
  createEnvironment,
  type ExecuteOptions,
  fixedDelayRestart,
  keyedProcess,
  MillraceError,
  memoryStorage,
  monotonousTimestamps,
  outputTag,
  tumblingEventTimeWindows,
  valueState,
} from '../src/index.ts'

interface Reading {
  readonly patientId: string
  readonly time: number
}

function readings(count: number, patients: number): Reading[] {
  return Array.from({ length: count }, (_, i) => ({ patientId: `p${i % patients}`, time: i * 100 }))
}

it('runs map, filter and flatMap in order', async () => {
  const env = createEnvironment()
  const stream = env
    .fromArray([1, 2, 3, 4])
    .map((n) => n * 10)
    .filter((n) => n !== 20)
    .flatMap((n) => [n, n + 1])
  expect(await stream.executeAndCollect()).toEqual([10, 11, 30, 31, 40, 41])
})

it('runs twice from one environment', async () => {
  const env = createEnvironment()
  const stream = env.fromIterable(new Set([1, 2])).map((n) => n + 1)
  expect(await stream.executeAndCollect()).toEqual([2, 3])
  expect(await stream.executeAndCollect()).toEqual([2, 3])
})

it('keeps state by key and fires event-time timers in the order of time, key and name', async () => {
  const env = createEnvironment()
  const fired = env
    .fromArray([
      { k: 'b', t: 5 },
      { k: 'a', t: 5 },
      { k: 'a', t: 1 },
      { k: 'c', t: 100 },
    ])
    .assignTimestamps((r) => r.t, boundedOutOfOrderness(10))
    .keyBy((r) => r.k)
    .process(
      keyedProcess<{ k: string; t: number }, string>()({
        state: { count: valueState<number>() },
        processRecord(record, ctx) {
          ctx.state.count.set((ctx.state.count.get() ?? 0) + 1)
          ctx.timers.eventTime.register(record.t + 20)
        },
        onTimer(timer, ctx) {
          ctx.emit(`${ctx.key}@${timer.time} after ${ctx.state.count.get()}`)
        },
      }),
    )
  expect(await fired.executeAndCollect()).toEqual(['a@21 after 2', 'a@25 after 2', 'b@25 after 1', 'c@120 after 1'])
})

it('drives the clock by the data in a replay, so that silence is found at the same place each time', async () => {
  const data = [
    { k: 'a', t: 0 },
    { k: 'b', t: 0 },
    { k: 'b', t: 50 },
    { k: 'b', t: 99 },
    { k: 'b', t: 150 },
    { k: 'a', t: 160 },
  ]
  for (const batchSize of [1, 2, 1_000]) {
    const env = createEnvironment()
    const silent = env
      .fromArray(data, { watermarks: boundedOutOfOrderness(0).timestamp((r: { t: number }) => r.t) })
      .keyBy((r) => r.k)
      .process(
        keyedProcess<{ k: string; t: number }, string>()({
          processRecord(_record, ctx) {
            ctx.timers.processingTime.replace('silence', ctx.now() + 100)
          },
          onTimer(timer, ctx) {
            ctx.emit(`${ctx.key} silent at ${timer.time}, clock ${ctx.now()}`)
          },
        }),
      )
    expect(await env.executeAndCollect(silent, { batchSize })).toEqual(['a silent at 100, clock 100'])
  }
})

it('gives each result once when it fails and restarts', async () => {
  for (const options of [
    { batchSize: 1, checkpoints: { everyRecords: 1 } },
    { batchSize: 7, checkpoints: { everyRecords: 10 } },
    { batchSize: 1_024, checkpoints: { everyRecords: 100 } },
  ] satisfies ExecuteOptions[]) {
    const env = createEnvironment()
    const failAt = new Set([150, 420, 421, 999])
    const totals = env
      .fromArray(readings(1_000, 10))
      .map((r) => {
        if (failAt.delete(r.time / 100)) throw new Error('a fault of the test')
        return r
      })
      .keyBy((r) => r.patientId)
      .process(
        keyedProcess<Reading, string>()({
          state: { count: valueState<number>() },
          processRecord(record, ctx) {
            const count = (ctx.state.count.get() ?? 0) + 1
            ctx.state.count.set(count)
            ctx.emit(`${record.patientId} ${count}`)
          },
        }),
      )
    const results = await env.executeAndCollect(totals, { ...options, restart: fixedDelayRestart(10, 0) })
    expect(results).toEqual(readings(1_000, 10).map((r, i) => `${r.patientId} ${Math.floor(i / 10) + 1}`))
  }
})

it('says where user code failed, and not with what value', async () => {
  const env = createEnvironment()
  const stream = env.fromArray(['secret-a', 'secret-b']).map(
    (value) => {
      if (value === 'secret-b') throw new Error('no')
      return value
    },
    { id: 'clean' },
  )
  const failure = await stream.executeAndCollect().catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(MillraceError)
  expect((failure as MillraceError).code).toBe('CORE_USER_FUNCTION_FAILED')
  expect((failure as MillraceError).message).toContain("step 'clean'")
  expect((failure as MillraceError).message).toContain("split 'all', record 2")
  expect((failure as MillraceError).message).not.toContain('secret')
})

it('does not let user code swallow a failure further down', async () => {
  const env = createEnvironment()
  const stream = env
    .fromArray([1, 2])
    .process<number>({
      processRecord(value, ctx) {
        try {
          ctx.emit(value)
        } catch {
          // Swallowed.
        }
      },
    })
    .map(
      (value) => {
        if (value === 2) throw new Error('no')
        return value
      },
      { id: 'downstream' },
    )
  await expect(stream.executeAndCollect()).rejects.toThrow("step 'downstream'")
})

it('sends side outputs where they are read, and counts those that nobody reads', async () => {
  const odd = outputTag<number>('odd')
  const env = createEnvironment()
  const split = env.fromArray([1, 2, 3]).process<number>(
    {
      processRecord(value, ctx) {
        if (value % 2 === 0) ctx.emit(value)
        else ctx.emitTo(odd, value)
      },
    },
    { id: 'split' },
  )
  expect(await split.getSideOutput(odd).executeAndCollect()).toEqual([1, 3])

  const unread = createEnvironment()
  unread
    .fromArray([1, 2, 3])
    .process<number>({ processRecord: (value, ctx) => ctx.emitTo(odd, value) }, { id: 'split' })
    .sinkTo({ kind: 'none', delivery: 'at-least-once', open: () => ({ write() {} }) })
  const { metrics } = await unread.execute()
  expect(metrics.steps.find((step) => step.id === 'split')?.counters.unreadSideOutputs).toBe(3)
})

it('reads several bounded sources side by side in event time', async () => {
  const env = createEnvironment()
  const watermarks = boundedOutOfOrderness(0)
  const a = env.fromArray([1, 4, 5], { id: 'a', watermarks: watermarks.timestamp((t: number) => t) })
  const b = env.fromArray([2, 3, 6], { id: 'b', watermarks: watermarks.timestamp((t: number) => t) })
  expect(await a.union(b).executeAndCollect()).toEqual([1, 2, 3, 4, 5, 6])
})

it('stops a source while its sink is slow', async () => {
  const env = createEnvironment()
  let given = 0
  function* endless(): Generator<number> {
    while (given < 100_000) yield given++
  }
  let written = 0
  let mostAhead = 0
  env.fromIterable({ [Symbol.iterator]: endless }).sinkTo({
    kind: 'slow',
    delivery: 'at-least-once',
    open: () => ({
      async write(values) {
        mostAhead = Math.max(mostAhead, given - written)
        await delay(1)
        written += values.length
      },
    }),
  })
  const { metrics } = await env.execute()
  expect(written).toBe(100_000)
  expect(mostAhead).toBeLessThan(10_000)
  expect(metrics.backPressuredMs).toBeGreaterThan(0)
})

it('cancels by a signal, also before it starts', async () => {
  async function* ticks(): AsyncGenerator<number> {
    for (let i = 0; ; i++) {
      await delay(1)
      yield i
    }
  }
  const env = createEnvironment()
  env.fromAsyncIterable(ticks()).sinkTo({ kind: 'none', delivery: 'at-least-once', open: () => ({ write() {} }) })
  const controller = new AbortController()
  const handle = env.executeAsync({ signal: controller.signal })
  await delay(20)
  controller.abort()
  await expect(handle.finished).rejects.toMatchObject({ code: 'CORE_CANCELLED' })
  await expect(env.execute({ signal: controller.signal })).rejects.toMatchObject({ code: 'CORE_CANCELLED' })
  expect(handle.metrics().status).toBe('cancelled')
})

it('stops with a checkpoint and goes on from it', async () => {
  const storage = memoryStorage()
  const taken: number[] = []
  const start = () => {
    const env = createEnvironment()
    env.fromArray(Array.from({ length: 50_000 }, (_, i) => i)).sinkTo({
      kind: 'keep',
      delivery: 'exactly-once',
      open: () => {
        let pending: number[] = []
        return {
          async write(values) {
            pending.push(...values)
            await delay(1)
          },
          prepareCommit() {
            const prepared = pending
            pending = []
            return prepared
          },
          commit(values) {
            taken.push(...(values as number[]))
          },
          recover() {},
        }
      },
    })
    return env.executeAsync({ checkpoints: { storage, every: '5ms' } })
  }
  const first = start()
  await delay(20)
  expect((await first.stop()).status).toBe('stopped')
  const soFar = taken.length
  expect(soFar).toBeGreaterThan(0)
  expect(soFar).toBeLessThan(50_000)
  const second = await start().finished
  expect(second.resumedFrom?.records).toBe(soFar)
  expect(taken).toEqual(Array.from({ length: 50_000 }, (_, i) => i))
  expect(second.metrics.recordsIn).toBe(50_000)
})

it('names every mistake in a job before anything runs', async () => {
  const env = createEnvironment()
  const stream = env.fromArray([1], { id: 'same', onReject: 'side-output' }).map((n) => n, { id: 'same' })
  stream.getSideOutput(outputTag('nothing')).print()
  const failure = (await env.execute().catch((error: unknown) => error)) as MillraceError
  expect(failure.code).toBe('CORE_JOB_INVALID')
  expect(failure.message).toContain("two steps have the id 'same'")
  expect(failure.message).toContain("reads the side output 'nothing'")
  expect(failure.message).toContain('rejects to a side output that nobody reads')
})

it('drives the clock also by timestamps that are assigned in the middle, before the record that moves it', async () => {
  const env = createEnvironment()
  const silent = env
    .fromArray([
      { k: 'a', t: 0 },
      { k: 'b', t: 50 },
      { k: 'a', t: 500 },
    ])
    .filter(() => true)
    .assignTimestamps((r) => r.t, boundedOutOfOrderness(0))
    .keyBy((r) => r.k)
    .process(
      keyedProcess<{ k: string; t: number }, string>()({
        processRecord(_record, ctx) {
          ctx.timers.processingTime.replace('silence', ctx.now() + 100)
        },
        onTimer(timer, ctx) {
          ctx.emit(`${ctx.key} silent at ${timer.time}, clock ${ctx.now()}`)
        },
      }),
    )
  expect(await silent.executeAndCollect()).toEqual(['a silent at 100, clock 100', 'b silent at 150, clock 150'])
})

it('refuses a timer where the clock of a replay has no time, instead of never firing it', async () => {
  const env = createEnvironment()
  const never = env
    .fromArray([1])
    .keyBy((n) => n)
    .process(
      keyedProcess<number, number, number>()({
        processRecord(_record, ctx) {
          ctx.timers.processingTime.replace('silence', ctx.now() + 100)
        },
      }),
    )
  await expect(never.executeAndCollect()).rejects.toMatchObject({ code: 'CORE_TIMESTAMP_INVALID' })
})

it('gives the same with fused steps as with steps that call each other', async () => {
  const run = async (fuses: boolean): Promise<unknown> => {
    const env = createEnvironment()
    const stream = env
      .fromArray(Array.from({ length: 5_000 }, (_, i) => i))
      .filter((n) => n % 3 !== 0, { id: 'a' })
      .map((n) => n * 2, { id: 'b' })
      .map((n) => `${n}`, { id: 'c' })
      .filter((text) => !text.endsWith('4'), { id: 'd' })
    const results: string[] = []
    stream.sinkTo({
      kind: 'keep',
      delivery: 'at-least-once',
      open: () => ({ write: (values) => void results.push(...values) }),
    })
    // A process without `new Function`, as with --disallow-code-generation-from-strings.
    const generate = globalThis.Function
    if (!fuses) {
      globalThis.Function = class {
        constructor() {
          throw new EvalError('no code generation here')
        }
      } as unknown as FunctionConstructor
    }
    try {
      const { metrics } = await env.execute()
      return { results, steps: metrics.steps.map(({ id, recordsIn, recordsOut }) => ({ id, recordsIn, recordsOut })) }
    } finally {
      globalThis.Function = generate
    }
  }
  const fused = await run(true)
  expect(fused).toEqual(await run(false))
  expect((fused as { results: unknown[] }).results.length).toBeGreaterThan(1_000)
})

it('closes a writer only when its last call has ended, also after a failure', async () => {
  const calls: string[] = []
  const env = createEnvironment()
  const numbers = env.fromArray(Array.from({ length: 20_000 }, (_, i) => i))
  numbers.sinkTo({
    kind: 'slow',
    delivery: 'at-least-once',
    open: () => ({
      async write() {
        calls.push('write')
        await delay(30)
        calls.push('written')
      },
      close() {
        calls.push('close')
      },
    }),
  })
  numbers
    .map((n) => {
      if (n === 3_000) throw new Error('no')
      return n
    })
    .print()
  const log = console.log
  console.log = () => {}
  await env.execute().catch(() => {})
  console.log = log
  expect(calls).toEqual(['write', 'written', 'close'])
})

it("tells a sink's own failure, not that of the checkpoint that it broke", async () => {
  const env = createEnvironment()
  env.fromArray([1]).sinkTo({
    kind: 'full',
    delivery: 'exactly-once',
    open: () => ({
      write() {},
      prepareCommit() {
        throw new Error('no space')
      },
      commit() {},
      recover() {},
    }),
  })
  await expect(env.execute()).rejects.toMatchObject({ code: 'CORE_SINK_FAILED', cause: { message: 'no space' } })
})

it('loses nothing of a split that was idle when the others ended', async () => {
  const watermarks = boundedOutOfOrderness(0)
    .idleAfter(10)
    .timestamp((t: number) => t)
  const env = createEnvironment()
  const early = env.fromArray([1, 2], { id: 'early', watermarks })
  const late = env.fromArray([1_000_000, 1_000_001, 2_000_000], { id: 'late', watermarks })
  const windows = early
    .union(late)
    .keyBy(() => 0)
    .window(tumblingEventTimeWindows(10))
    .aggregate({ n: count() })
  const results = await windows.executeAndCollect()
  expect(results.map(({ window, n }) => [window.start, n])).toEqual([
    [0, 2],
    [1_000_000, 2],
    [2_000_000, 1],
  ])
})

it('paces a replay record by record', async () => {
  const takenAt: number[] = []
  const env = createEnvironment()
  const stream = env
    .fromArray([0, 400, 300, 800, 1_200], { watermarks: monotonousTimestamps().timestamp((time: number) => time) })
    .map((time) => {
      takenAt.push(performance.now())
      return time
    })
  expect(await env.executeAndCollect(stream, { speed: 20 })).toEqual([0, 400, 300, 800, 1_200])
  const [first = 0] = takenAt
  // Each not before its time, the one that is out of order at once.
  for (const [i, due] of [0, 20, 20, 40, 60].entries()) expect((takenAt[i] ?? 0) - first).toBeGreaterThan(due - 1)
})

it('refuses to pace what has no times at its source', async () => {
  const env = createEnvironment()
  env
    .fromArray([0, 1])
    .assignTimestamps((time) => time, monotonousTimestamps())
    .print()
  await expect(env.execute({ speed: 1 })).rejects.toThrow(
    /^speed was 1, but the source 'collection-\w+' has no timestamps: give it watermarks/,
  )
})

it('takes a checkpoint that was asked for before the job had started', async () => {
  const storage = memoryStorage()
  const env = createEnvironment()
  env
    .fromArray(Array.from({ length: 10 }, (_, i) => i))
    .filter((n) => n < 0)
    .print()
  const handle = env.executeAsync({ checkpoints: { storage } })
  expect(await handle.triggerCheckpoint()).toBe(1)
  expect((await handle.finished).metrics.checkpoints.completed).toBe(2)
  await expect(handle.triggerCheckpoint()).rejects.toThrow('the job is not running')
})

it('asks an error of a connector whether to restart, and tells its message', async () => {
  for (const retryable of [true, false]) {
    let opened = 0
    const cause = Object.assign(new Error('the topic is gone'), { code: 'KAFKA_TOPIC_MISSING', retryable })
    const env = createEnvironment()
    env.fromArray([1]).sinkTo({
      kind: 'kafka',
      delivery: 'at-least-once',
      open: () => {
        opened += 1
        throw cause
      },
    })
    const job = env.execute({ restart: fixedDelayRestart(2, 0) })
    await expect(job).rejects.toMatchObject({
      code: 'CORE_SINK_FAILED',
      retryable,
      cause,
      what: expect.stringContaining('could not start: the topic is gone'),
    })
    expect(opened).toBe(retryable ? 3 : 1)
  }
})

it('stops after the record at which it is asked to, however fast the rest would be', async () => {
  const env = createEnvironment()
  const taken: number[] = []
  env
    .fromArray([0, 1, 2, 3, 4])
    .filter((n) => {
      taken.push(n)
      if (n === 2) void job.stop()
      return false
    })
    .print()
  const job = env.executeAsync()
  const { status, metrics } = await job.finished
  expect(status).toBe('stopped')
  expect(taken).toEqual([0, 1, 2])
  expect(metrics.recordsIn).toBe(3)
})
