import fc from 'fast-check'
import { expect, it } from 'vitest'
import { oneByOne } from '../../test/one-by-one.ts'
import { propertyRuns } from '../../test/property-runs.ts'
import { createEnvironment, type DataStream, fixedDelayRestart, memoryStorage } from '../index.ts'
import { functionSink } from '../operators/sinks/function-sink.ts'
import type { Sink } from '../operators/sinks/sink.ts'
import type { Source, SourceBatch, SplitReader } from '../operators/sources/source.ts'
import type { JobHandle } from './job-handle.ts'

it('tells a source whether the job goes on from a checkpoint', async () => {
  const told: (boolean | undefined)[] = []
  const failAt = new Set([0, 5])
  const env = createEnvironment()
  const stream = env.fromSource(oneByOne([0, 1, 2, 3, 4, 5, 6], ({ restored }) => told.push(restored))).map((n) => {
    if (failAt.delete(n)) throw new Error('a fault of the test')
    return n
  })
  const options = { checkpoints: { everyRecords: 2, storage: memoryStorage() }, restart: fixedDelayRestart(2, 0) }
  await env.executeAndCollect(stream, options)
  // The first failure comes before the first checkpoint: what starts then starts afresh.
  expect(told).toEqual([false, false, false, false, true, true])
})

it('goes on from where a split began, though it would begin elsewhere now', async () => {
  const log = [1, 2, 3]
  let isOpen = false
  const newest: Source<number> = {
    kind: 'newest',
    bounded: true,
    replayable: true,
    createEnumerator: () => ({ discover: () => [{ id: 'log' }] }),
    createReader: ({ signal }) => ({
      openSplit: (_split, position) => {
        const start = (position as number | undefined) ?? log.length
        let at = start
        return {
          start,
          read: () => {
            if (isOpen) return at < log.length ? { values: [log[at++] as number], position: at } : undefined
            return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
          },
        }
      },
    }),
  }
  const storage = memoryStorage()
  const run = (): { seen: number[]; job: JobHandle } => {
    const seen: number[] = []
    const stream = createEnvironment().fromSource(newest)
    const sink = functionSink<number>('seen', (n) => void seen.push(n))
    return { seen, job: stream.executeInto(sink, { checkpoints: { storage } }) }
  }
  const first = run().job
  await first.triggerCheckpoint()
  await first.stop()
  log.push(4, 5)
  isOpen = true
  const second = run()
  await second.job.finished
  expect(second.seen).toEqual([4, 5])
})

it('stands behind the last record of a split that has nothing more to give', async () => {
  const all = oneByOne([1, 2, 3])
  const isAtEnd = Promise.withResolvers<void>()
  const committed: unknown[] = []
  const quiet: Source<number> = {
    ...all,
    bounded: false,
    createReader: (context) => {
      const reader = all.createReader(context)
      return {
        openSplit: async (split, position) => {
          const { read } = await reader.openSplit(split, position)
          return {
            read: async (maxRecords) => {
              const batch = await read(maxRecords)
              if (batch !== undefined) return batch
              isAtEnd.resolve()
              return new Promise((_, reject) => context.signal.addEventListener('abort', reject))
            },
          }
        },
        checkpointComplete: (positions) => void committed.push(positions.get('all')),
      }
    },
  }
  const job = createEnvironment()
    .fromSource(quiet)
    .executeInto(functionSink('nothing', () => {}))
  await isAtEnd.promise
  await job.stop()
  expect(committed).toEqual([3])
})

/** Tells its source's name with each checkpoint that is complete, and goes by what the test makes of it. */
function acknowledging(name: string, complete: (name: string) => void | Promise<void>): Source<number> {
  const source = oneByOne([1, 2, 3])
  return {
    ...source,
    createReader: (context) => ({ ...source.createReader(context), checkpointComplete: () => complete(name) }),
  }
}

it('lets sinks commit and other sources acknowledge while a source is slow to', async () => {
  const told: string[] = []
  const allTold = Promise.withResolvers<void>()
  const slow = (name: string): Promise<void> => {
    told.push(name)
    if (told.length === 4) allTold.resolve()
    return allTold.promise
  }
  const committing = (name: string): Sink<number> => ({
    kind: name,
    delivery: 'exactly-once',
    open: () => ({ write() {}, prepareCommit: () => name, commit: () => slow(name), recover() {} }),
  })
  const env = createEnvironment()
  const [first, second] = ['source 1', 'source 2'].map((id) => env.fromSource(acknowledging(id, slow), { id }))
  const all = (first as DataStream<number>).union(second as DataStream<number>)
  all.sinkTo(committing('sink 1'), { id: 'sink 1' })
  all.sinkTo(committing('sink 2'), { id: 'sink 2' })
  await env.execute()
  expect(told.toSorted()).toEqual(['sink 1', 'sink 2', 'source 1', 'source 2'])
})

it('fails the job when a source cannot acknowledge, and goes on from that very checkpoint', async () => {
  const refuse = (): Promise<void> => Promise.reject(new Error('not the leader'))
  const storage = memoryStorage()
  const env = createEnvironment()
  const stream = env.fromSource(acknowledging('refused', refuse), { id: 'refused' })
  const failure = env.executeAndCollect(stream, { checkpoints: { storage } })
  await expect(failure).rejects.toMatchObject({ code: 'CORE_SOURCE_FAILED', cause: { message: 'not the leader' } })
  expect((await storage.latest())?.sources.refused?.splits.all).toMatchObject({ position: 3, records: 3 })
})

it('takes what each of many live splits gives, whichever has something first', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(3), { maxLength: 6 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 2 }),
      async (turnsBefore, sources) => {
        // Each record of a split comes so many turns of the event loop after the last, or at once.
        const split = (turns: readonly number[], signal: AbortSignal): SplitReader<number> => {
          let at = 0
          const read = async (): Promise<SourceBatch<number>> => {
            if (at === turns.length) return new Promise((_, reject) => signal.addEventListener('abort', reject))
            for (let turn = 0; turn < (turns[at] as number); turn++)
              await new Promise((resolve) => setImmediate(resolve))
            return { values: [at++], position: at }
          }
          return { read: () => (turns[at] === 0 ? { values: [at++], position: at } : read()) }
        }
        const source: Source<number> = {
          kind: 'live',
          bounded: false,
          replayable: true,
          createEnumerator: () => ({ discover: () => turnsBefore.map((_, index) => ({ id: String(index) })) }),
          createReader: ({ signal }) => ({
            openSplit: ({ id }) => split(turnsBefore[Number(id)] as readonly number[], signal),
          }),
        }
        const wanted = Array.from({ length: sources }, () => turnsBefore.flatMap((turns) => [...turns.keys()])).flat()
        const seen: number[] = []
        const allSeen = Promise.withResolvers<void>()
        if (wanted.length === 0) allSeen.resolve()
        const sink = functionSink<number>('seen', (n) => {
          if (seen.push(n) === wanted.length) allSeen.resolve()
        })
        const env = createEnvironment()
        const [first, ...rest] = Array.from({ length: sources }, (_, index) =>
          env.fromSource(source, { id: `${index}` }),
        )
        const job = (first as DataStream<number>).union(...rest).executeInto(sink)
        await Promise.race([allSeen.promise, job.finished])
        await job.stop()
        expect(seen.toSorted()).toEqual(wanted.toSorted())
      },
    ),
    // Each case runs a job.
    { numRuns: propertyRuns(0.2) },
  )
})

it('fails when a split cannot be read, though another is busy', async () => {
  const source: Source<number> = {
    kind: 'live',
    bounded: false,
    replayable: true,
    createEnumerator: () => ({ discover: () => [{ id: 'broken' }, { id: 'busy' }] }),
    createReader: () => ({
      openSplit: ({ id }) => ({
        read: () => (id === 'busy' ? { values: [1], position: 1 } : Promise.reject(new Error('no such partition'))),
      }),
    }),
  }
  const failure = createEnvironment().fromSource(source).executeAndCollect()
  await expect(failure).rejects.toMatchObject({ code: 'CORE_SOURCE_FAILED', cause: { message: 'no such partition' } })
})
