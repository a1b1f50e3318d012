import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MAX_WATERMARK, MIN_WATERMARK } from '../src/elements/timestamp.ts'
import { functionSink } from '../src/operators/sinks/function-sink.ts'
import { monotonousTimestamps } from '../src/time/watermark-strategy.ts'
import { propertyRuns } from './property-runs.ts'
import { SteppedJob, splitSource } from './split-driver.ts'

interface Row {
  readonly source: number
  readonly split: number
  readonly index: number
  readonly time: number
}

const times = fc.array(fc.oneof(fc.integer({ min: -5, max: 60 }), fc.integer({ min: -200, max: 200 })), {
  maxLength: 8,
})
const input = fc.record({
  sources: fc.array(fc.array(times, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  bounded: fc.boolean(),
  batch: fc.integer({ min: 1, max: 3 }),
  maxDrift: fc.constantFrom(0, 5, 30),
  /** Which split is let on by how many rows, one after the other; at last all of them. */
  gates: fc.array(fc.tuple(fc.nat(8), fc.integer({ min: 1, max: 6 })), { maxLength: 12 }),
  restores: fc.boolean(),
})

/** Each split as the test sees it: how far it may be read, and what was taken of it. */
interface Seen {
  readonly times: readonly number[]
  open: number
  taken: number
  watermark: number
}

const isOver = (own: Seen): boolean => own.taken === own.times.length
/** Its end may be read as well. */
const hasEnded = (own: Seen, batch: number): boolean => isOver(own) && own.open >= own.times.length + batch
const least = (all: readonly Seen[]): number => Math.min(MAX_WATERMARK, ...all.map(({ watermark }) => watermark))

it('never lets a split run further ahead than its drift and a record, loses none, and goes on wherever it can', async () => {
  // Asynchronous, so that what each case leaves in the queue of promises goes: 100,000 of them took 4 GB.
  await fc.assert(
    fc.asyncProperty(input, async ({ sources, bounded, batch, maxDrift, gates, restores }) => {
      const seen = sources.map((splits) =>
        splits.map((own): Seen => ({ times: own, open: 0, taken: 0, watermark: MIN_WATERMARK })),
      )
      const all = seen.flat()
      const strategy = monotonousTimestamps<Row>()
        .timestamp((row: Row) => row.time)
        .alignedWith('all', maxDrift)
      const job = new SteppedJob(
        (env) => {
          const streams = sources.map((splits, source) => {
            const rows = splits.map((own, split) => own.map((time, index): Row => ({ source, split, index, time })))
            const isOpen = (split: number, at: number): boolean =>
              at + batch <= ((seen[source] as Seen[])[split] as Seen).open
            return env.fromSource(splitSource(rows, { batch, bounded, isOpen }), { watermarks: strategy })
          })
          const [first, ...others] = streams
          first
            ?.union(...others)
            .map((row) => {
              const own = (seen[row.source] as Seen[])[row.split] as Seen
              expect(row.index).toBe(own.taken)
              expect(own.watermark).toBeLessThanOrEqual(least(all.filter((other) => !isOver(other))) + maxDrift)
              own.taken += 1
              own.watermark = Math.max(own.watermark, row.time - 1)
              return row
            })
            .sinkTo(functionSink('nothing', () => {}))
        },
        { isReplay: false, now: () => 0 },
      )
      const step = (): void => {
        while (job.task.step() === 'paused');
        if (restores) job.restore()
        if (restores) while (job.task.step() === 'paused');
        if (bounded) return
        const limit = least(all.filter((own) => !hasEnded(own, batch))) + maxDrift
        for (const own of all) {
          const canBeRead = own.taken < own.times.length && own.open >= own.taken + 2 * batch
          if (canBeRead) expect(own.watermark).toBeGreaterThan(limit)
        }
      }
      for (const [at, rows] of gates) {
        const own = all[at % all.length] as Seen
        own.open += rows
        step()
      }
      for (const own of all) own.open = MAX_WATERMARK
      step()
      expect(all.every(isOver)).toBe(true)
      if (bounded) expect(job.task.step()).toBe('ended')
    }),
    { numRuns: propertyRuns() },
  )
})

it('does not wait for a split that is idle, and counts how often and how long it paused', () => {
  let now = 0
  const taken: number[] = []
  const strategy = monotonousTimestamps<number>()
    .timestamp((time: number) => time)
    .alignedWith('all', 10)
    .idleAfter(60)
  const job = new SteppedJob(
    (env) => {
      const ahead = env.fromSource(splitSource([[0, 20, 40]], { batch: 2, bounded: false }), {
        watermarks: strategy,
        id: 'ahead',
      })
      const silent = splitSource([[0, 1]], { batch: 1, bounded: false, isOpen: (_split, at) => at === 0 })
      ahead
        .union(env.fromSource(silent, { watermarks: strategy }))
        .map((t) => taken.push(t))
        .sinkTo(functionSink('nothing', () => {}))
    },
    { isReplay: false, now: () => now },
  )
  expect(job.task.step()).toBe('wait')
  expect(taken).toEqual([0, 0, 20])
  now = 59
  expect(job.task.step()).toBe('wait')
  expect(taken).toEqual([0, 0, 20])
  expect(job.task.nextClockDue()).toBeLessThanOrEqual(60)
  now = 60
  expect(job.task.step()).toBe('wait')
  expect(taken).toEqual([0, 0, 20, 40])
  expect(job.task.sources[0]?.counters.values()).toMatchObject({ alignmentPauses: 1, alignmentPausedMs: 60 })
})
