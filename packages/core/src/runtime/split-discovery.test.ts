import { expect, it } from 'vitest'
import { SteppedJob, splitSource } from '../../test/split-driver.ts'
import { createEnvironment, type ExecuteOptions, fixedDelayRestart, memoryStorage } from '../index.ts'
import { functionSink } from '../operators/sinks/function-sink.ts'
import type { Source } from '../operators/sources/source.ts'
import { monotonousTimestamps } from '../time/watermark-strategy.ts'
import type { JobHandle } from './job-handle.ts'

type Look = () => readonly string[] | Promise<readonly string[]>

interface LiveScript {
  /** What each look for splits finds, also after a restart; the last goes on. */
  readonly looks: readonly Look[]
  /** Every split gives this record first, and then says nothing. Default: its own name. */
  read?(split: string): string | Promise<string>
  /** Awaited when a split is opened. */
  open?(split: string): void | Promise<void>
  closed?(split: string): void
  readonly discoverEveryMs?: number
}

function liveSource(script: LiveScript): Source<string> {
  let looks = 0
  return {
    kind: 'live',
    bounded: false,
    replayable: true,
    createEnumerator: () => ({
      discoverEveryMs: script.discoverEveryMs ?? 1,
      discover: async () => {
        const look = script.looks[Math.min(looks++, script.looks.length - 1)] as Look
        return (await look()).map((id) => ({ id }))
      },
    }),
    createReader: ({ signal }) => ({
      async openSplit({ id }, position) {
        await script.open?.(id)
        let isAtEnd = position === 1
        return {
          read: async () => {
            if (isAtEnd)
              return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
            isAtEnd = true
            return { values: [(await script.read?.(id)) ?? id], position: 1 }
          },
          close: () => script.closed?.(id),
        }
      },
    }),
  }
}

interface Run {
  readonly job: JobHandle
  /** Resolves when the sink is given this value. */
  seen(value: string): Promise<void>
}

function run(source: Source<string>, options: ExecuteOptions = {}): Run {
  const values = new Map<string, PromiseWithResolvers<void>>()
  const at = (value: string): PromiseWithResolvers<void> => {
    const found = values.get(value) ?? Promise.withResolvers<void>()
    values.set(value, found)
    return found
  }
  const sink = functionSink<string>('seen', (value) => at(value).resolve())
  const job = createEnvironment().fromSource(source, { id: 'live' }).executeInto(sink, options)
  return { job, seen: (value) => at(value).promise }
}

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('finds a split that comes while the others are busy', async () => {
  const all = liveSource({ looks: [() => ['a'], () => ['a', 'b']] })
  const busy: Source<string> = {
    ...all,
    createReader: () => ({ openSplit: ({ id }) => ({ read: () => ({ values: [id], position: 1 }) }) }),
  }
  const { job, seen } = run(busy)
  await seen('b')
  expect((await job.stop()).status).toBe('stopped')
})

it('reads on, takes checkpoints and stops while a look for splits hangs, and looks no second time', async () => {
  const hangs = Promise.withResolvers<void>()
  const record = Promise.withResolvers<string>()
  let looks = 0
  const hanging = (): Promise<never> => {
    looks += 1
    hangs.resolve()
    return new Promise(() => {})
  }
  const { job, seen } = run(liveSource({ looks: [() => ['a'], hanging], read: () => record.promise }))
  await hangs.promise
  record.resolve('after')
  await seen('after')
  expect(await job.triggerCheckpoint()).toBe(1)
  expect((await job.stop()).status).toBe('stopped')
  expect(looks).toBe(1)
})

it('fails the job when a look fails; a restart looks anew', async () => {
  const failing = (): readonly string[] => {
    throw new Error('no metadata')
  }
  const looks: Look[] = [() => ['a'], failing, () => ['a', 'b']]
  await expect(run(liveSource({ looks })).job.finished).rejects.toMatchObject({ code: 'CORE_SOURCE_FAILED' })
  const { job, seen } = run(liveSource({ looks }), { restart: fixedDelayRestart(1, 0) })
  await seen('b')
  expect((await job.stop()).metrics.restarts).toBe(1)
})

it('keeps a split out of checkpoints until it is open, and those found together in their order', async () => {
  const storage = memoryStorage()
  const opening = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const open = (split: string): Promise<void> | undefined => {
    if (split !== 'c') return undefined
    opening.resolve()
    return opened.promise
  }
  const { job, seen } = run(liveSource({ looks: [() => ['a'], () => ['a', 'c', 'b']], open }), {
    checkpoints: { storage },
  })
  const positions = async (): Promise<[string, unknown][]> => {
    await job.triggerCheckpoint()
    const splits = (await storage.latest())?.sources.live?.splits ?? {}
    return Object.entries(splits).map(([split, { position }]) => [split, position])
  }
  await seen('a')
  await opening.promise
  expect(await positions()).toEqual([['a', 1]])
  opened.resolve()
  await seen('c')
  await seen('b')
  expect(await positions()).toEqual([
    ['a', 1],
    ['c', 1],
    ['b', 1],
  ])
  await job.stop()
})

it('closes a split that is opened after the job has ended', async () => {
  const opening = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const closed: string[] = []
  const open = (split: string): Promise<void> | undefined => {
    if (split !== 'b') return undefined
    opening.resolve()
    return opened.promise
  }
  const looks: Look[] = [() => ['a'], () => ['a', 'b']]
  const { job } = run(liveSource({ looks, open, closed: (split) => closed.push(split) }))
  await opening.promise
  await job.stop()
  expect(closed).toEqual(['a'])
  opened.resolve()
  await macrotask()
  expect(closed).toEqual(['a', 'b'])
})

it('lets time go on when a split comes to a source that was idle', async () => {
  let now = 0
  const splits = [[0]]
  const told: [number, number][] = []
  const isOpen = (split: number, index: number): boolean => index < (splits[split] as number[]).length
  const job = new SteppedJob(
    (env) => {
      env
        .fromSource(splitSource(splits, { batch: 10, bounded: false, isOpen }), {
          watermarks: monotonousTimestamps<number>()
            .timestamp((time: number) => time)
            .idleAfter(60),
        })
        .process<number>({ processRecord: (time, ctx) => void told.push([time, ctx.currentWatermark()]) })
        .sinkTo(functionSink('nothing', () => {}))
    },
    { isReplay: false, now: () => now },
  )
  job.task.step()
  now = 100
  job.task.step()
  splits.push([200, 300])
  job.task.discover(Number.MAX_VALUE)
  await macrotask()
  job.task.step()
  expect(told).toEqual([
    [0, Number.NEGATIVE_INFINITY],
    [200, -1],
    [300, 199],
  ])
})

it('refuses an interval that is none', async () => {
  for (const discoverEveryMs of [0, -1, Number.NaN]) {
    const { job } = run(liveSource({ looks: [() => ['a']], discoverEveryMs }))
    await expect(job.finished).rejects.toMatchObject({ code: 'CORE_OPTION_INVALID' })
  }
})
