import { expect, it } from 'vitest'
import { createEnvironment, fixedDelayRestart, memoryStorage } from '../index.ts'
import { functionSink } from '../operators/sinks/function-sink.ts'
import type { Source, SourceContext, Split } from '../operators/sources/source.ts'
import { monotonousTimestamps } from '../time/watermark-strategy.ts'

interface Shards {
  /** The records of each split, which ends after them; those that are open say nothing more. */
  readonly records: Readonly<Record<string, readonly number[]>>
  readonly open?: readonly string[]
  /** What each look finds; the last goes on. */
  readonly looks: readonly (readonly Split[])[]
  readonly told?: SourceContext[]
  readonly opened?: string[]
}

/** A source without end, of splits that end. Each reading gives three records. */
function sharded({ records, open = [], looks, told = [], opened = [] }: Shards): Source<number> {
  return {
    kind: 'sharded',
    bounded: false,
    replayable: true,
    createEnumerator(context) {
      told.push(context)
      let look = 0
      return { discoverEveryMs: 1, discover: async () => looks[Math.min(look++, looks.length - 1)] as readonly Split[] }
    },
    createReader: ({ signal }) => ({
      openSplit({ id }, position) {
        opened.push(id)
        let at = (position as number | undefined) ?? 0
        return {
          read: async (maxRecords) => {
            const values = (records[id] ?? []).slice(at, at + Math.min(3, maxRecords))
            at += values.length
            if (values.length > 0) return { values, position: at }
            if (!open.includes(id)) return undefined
            return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
          },
        }
      },
    }),
  }
}

const run = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n)

/** What reaches the sink, with the watermark before it, up to `last`. */
async function read(source: Source<number>, last: number, options: object = {}) {
  const seen: number[] = []
  const watermarks: number[] = []
  const isThere = Promise.withResolvers<void>()
  const job = createEnvironment()
    .fromSource(source, { id: 'shards', watermarks: monotonousTimestamps<number>().timestamp((n: number) => n) })
    .process<number>({
      processRecord(n, ctx) {
        watermarks.push(ctx.currentWatermark())
        ctx.emit(n)
      },
    })
    .executeInto(
      functionSink<number>('seen', (n) => {
        seen.push(n)
        if (n === last) isThere.resolve()
      }),
      options,
    )
  await Promise.race([isThere.promise, job.finished])
  return { job, seen, watermarks }
}

const parent = { id: 'parent' }
const child = { id: 'child', after: ['parent'] }

it('opens a split when the last record of those before it has been taken, whatever is found first', async () => {
  const records = { parent: run(0, 50), left: run(100, 40), right: run(200, 40), child: run(300, 10) }
  const splits = [
    { id: 'child', after: ['left', 'right'] },
    { id: 'right', after: ['parent'] },
    { id: 'left', after: ['parent'] },
    parent,
  ]
  const opened: string[] = []
  const { job, seen } = await read(sharded({ records, open: ['child'], looks: [splits], opened }), 309)
  await job.stop()
  expect(opened).toEqual(['parent', 'right', 'left', 'child'])
  expect(seen.slice(0, 50)).toEqual(records.parent)
  expect(seen.slice(-10)).toEqual(records.child)
  expect(seen).toHaveLength(140)
})

it('lets time stand while the only split has ended and the one after it has not come', async () => {
  const records = { parent: [10, 20], child: [15, 30] }
  // The look after the end does not find it yet; the second one does.
  const looks = [[parent], [parent, child]]
  const { job, seen, watermarks } = await read(sharded({ records, open: ['child'], looks }), 30)
  await job.stop()
  expect(seen).toEqual([10, 20, 15, 30])
  expect(watermarks).toEqual([Number.NEGATIVE_INFINITY, 9, 19, 19])
})

it('lets time go on past a split that has ended and has none after it', async () => {
  const records = { parent: [10], other: run(50, 20_000) }
  const source = sharded({ records, open: ['other'], looks: [[parent, { id: 'other' }]] })
  const { job, watermarks } = await read(source, 20_049)
  await job.stop()
  expect(watermarks.at(-1)).toBeGreaterThan(10)
})

it('does not wait for a split that is neither found nor known', async () => {
  const { job, seen } = await read(sharded({ records: { child: [1] }, open: ['child'], looks: [[child]] }), 1)
  await job.stop()
  expect(seen).toEqual([1])
})

it('tells a source which splits a checkpoint holds, and opens what comes after one that had ended', async () => {
  const storage = memoryStorage()
  const records = { parent: [1, 2, 3], child: [4, 5] }
  const first = await read(sharded({ records, looks: [[parent]] }), 3, { checkpoints: { storage } })
  // The end is found after the last record.
  while ((await storage.latest())?.sources.shards?.splits.parent?.isFinished !== true) {
    await first.job.triggerCheckpoint()
  }
  await first.job.stop()
  const told: SourceContext[] = []
  const opened: string[] = []
  const source = sharded({ records, open: ['child'], looks: [[parent, child]], told, opened })
  const second = await read(source, 5, { checkpoints: { storage } })
  await second.job.stop()
  expect(told[0]?.restoredSplits).toEqual([{ id: 'parent', isFinished: true }])
  expect(opened).toEqual(['child'])
  expect(second.seen).toEqual([4, 5])
})

it('forgets a split that had ended and is not found any more, and keeps count of its records', async () => {
  const storage = memoryStorage()
  const records = { parent: [1, 2, 3], child: [4, 5] }
  const looks = [[parent, child]]
  const first = await read(sharded({ records, open: ['child'], looks }), 5, { checkpoints: { storage } })
  await first.job.stop()
  const opened: string[] = []
  const more = { child: [4, 5, 6] }
  const second = await read(sharded({ records: more, open: ['child'], looks: [[child]], opened }), 6, {
    checkpoints: { storage },
    restart: fixedDelayRestart(0, 0),
  })
  const { metrics } = await second.job.stop()
  expect(second.seen).toEqual([6])
  expect(Object.keys((await storage.latest())?.sources.shards?.splits ?? {})).toEqual(['child'])
  expect(JSON.stringify(metrics)).toContain('"recordsOfPastSplits":3')
})

it('refuses a source that ends with splits that come after others: it would not look for them again', async () => {
  const source = {
    ...sharded({ records: { parent: run(0, 5), child: run(5, 5) }, looks: [[parent, child]] }),
    bounded: true,
  }
  await expect(read(source, 9)).rejects.toMatchObject({ code: 'CORE_JOB_INVALID' })
})
