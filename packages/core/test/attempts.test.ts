import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { CheckpointStorage, TakenStorage } from '../src/checkpoint/checkpoint-storage.ts'
import { createEnvironment, type ExecuteOptions, fileStorage, fixedDelayRestart, memoryStorage } from '../src/index.ts'
import type { Sink } from '../src/operators/sinks/sink.ts'
import { oneByOne } from './one-by-one.ts'

const TEN = Array.from({ length: 10 }, (_, n) => n)

/** What is prepared can be committed by those who know of it; a successor clears away the rest. */
class Transactions {
  readonly visible: number[] = []
  readonly #prepared = new Map<number, readonly number[]>()
  readonly #committed = new Set<number>()
  #lastId = 0

  readonly sink: Sink<number> = {
    kind: 'transactions',
    delivery: 'exactly-once',
    open: () => {
      let written: number[] = []
      return {
        write: (values) => void written.push(...values),
        prepareCommit: () => {
          this.#lastId += 1
          this.#prepared.set(this.#lastId, written)
          written = []
          return this.#lastId
        },
        commit: (id) => this.#commit(id as number),
        recover: (ids) => {
          for (const id of ids) this.#commit(id as number)
          this.#prepared.clear()
        },
      }
    },
  }

  #commit(id: number): void {
    if (this.#committed.has(id)) return
    const values = this.#prepared.get(id)
    if (values === undefined) throw new Error(`transaction ${id} is lost`)
    this.#committed.add(id)
    this.visible.push(...values)
  }
}

function run(sink: Sink<number>, options: ExecuteOptions, seen: (n: number) => void = () => {}) {
  const env = createEnvironment({ name: 'attempts' })
  const mapped = env.fromSource(oneByOne(TEN), { id: 'numbers' }).map((n) => {
    seen(n)
    return n
  })
  mapped.sinkTo(sink, { id: 'out' })
  return env.executeAsync(options)
}

it('does not go on from a checkpoint that an attempt before finished storing after it had failed', async () => {
  const inner = memoryStorage()
  const isStoring = Promise.withResolvers<void>()
  const isTakenAgain = Promise.withResolvers<void>()
  let attempts = 0
  // The first attempt's checkpoint is stored while the second runs, which stores none.
  const slowly = (taken: TakenStorage): TakenStorage => {
    attempts += 1
    const own = attempts
    if (own === 2) isTakenAgain.resolve()
    return {
      ...taken,
      takeAgain: async () => slowly(await taken.takeAgain()),
      async write(checkpoint) {
        isStoring.resolve()
        if (own === 1) await isTakenAgain.promise
        if (own === 2) await new Promise(() => {})
        await taken.write(checkpoint)
      },
    }
  }
  const slow: CheckpointStorage = { ...inner, take: async () => slowly(await inner.take()) }
  const outside = new Transactions()
  let failures = 0
  const job = run(
    outside.sink,
    { checkpoints: { everyRecords: 2, storage: slow }, restart: fixedDelayRestart(2, 0) },
    (n) => {
      if (n < 4 || failures === 2) return
      failures += 1
      throw new Error('a fault of the test')
    },
  )
  await isStoring.promise
  await job.finished
  expect([failures, attempts]).toEqual([2, 3])
  expect(outside.visible).toEqual(TEN)
})

it('ends the attempt whose storage another run has taken, also where checkpoints may fail', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'attempts-'))
  const isRunning = Promise.withResolvers<void>()
  const canGoOn = Promise.withResolvers<void>()
  const waiting: Sink<number> = {
    kind: 'waiting',
    delivery: 'at-least-once',
    open: () => ({
      write: () => {
        isRunning.resolve()
        return canGoOn.promise
      },
    }),
  }
  const checkpoints = { everyRecords: 2, storage: fileStorage(folder), tolerableFailures: 100 }
  const zombie = run(waiting, { checkpoints, restart: fixedDelayRestart(9, 0) })
  await isRunning.promise
  const outside = new Transactions()
  await run({ ...outside.sink, kind: 'waiting' }, { checkpoints }).finished
  canGoOn.resolve()
  await expect(zombie.finished).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_TAKEN' })
  expect(outside.visible).toEqual(TEN)
  await rm(folder, { recursive: true })
})

it('does not start again where another run has taken the storage, and says why', async () => {
  const storage = memoryStorage()
  const checkpoints = { everyRecords: 2, storage }
  const wakesUp = Promise.withResolvers<void>()
  const isAsleep = Promise.withResolvers<void>()
  const asleep: Sink<number> = {
    kind: 'transactions',
    delivery: 'at-least-once',
    open: () => ({
      async write() {
        isAsleep.resolve()
        await wakesUp.promise
        throw new Error('my connection is gone')
      },
    }),
  }
  const zombie = run(asleep, { checkpoints, restart: fixedDelayRestart(9, 0) })
  await isAsleep.promise
  const outside = new Transactions()
  await run(outside.sink, { checkpoints }).finished
  wakesUp.resolve()
  await expect(zombie.finished).rejects.toMatchObject({
    code: 'CORE_CHECKPOINT_TAKEN',
    message: expect.stringContaining('CORE_SINK_FAILED'),
    cause: { code: 'CORE_SINK_FAILED' },
  })
  expect(zombie.metrics()).toMatchObject({ status: 'failed', restarts: 1 })
  expect(outside.visible).toEqual(TEN)
})

it('leaves a run alone when a start is refused', async () => {
  const storage = memoryStorage()
  await run(new Transactions().sink, { checkpoints: { storage } }).finished
  let taken = 0
  const watched: CheckpointStorage = {
    ...storage,
    take: () => {
      taken += 1
      return storage.take()
    },
  }
  const refused = run(new Transactions().sink, { checkpoints: { storage: watched }, resume: false })
  await expect(refused.finished).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_MISMATCH' })
  expect(taken).toBe(0)
})
