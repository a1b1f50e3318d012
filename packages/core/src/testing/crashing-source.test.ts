import { describe, expect, it } from 'vitest'
import { createEnvironment } from '../api/environment.ts'
import { iterableSource } from '../operators/sources/iterable-source.ts'
import { fixedDelayRestart } from '../runtime/restart-strategy.ts'
import { crashingSource } from './crashing-source.ts'

const numbers = Array.from({ length: 20 }, (_, i) => i)

async function run(afterRecords: readonly number[], batchSize: number) {
  const env = createEnvironment()
  const stream = env.fromSource(crashingSource(iterableSource(numbers), afterRecords))
  const taken: number[] = []
  const handle = stream.executeInto(
    { kind: 'taken', delivery: 'at-least-once', open: () => ({ write: (values) => void taken.push(...values) }) },
    { batchSize, checkpoints: { everyRecords: 1_000 }, restart: fixedDelayRestart(10, 0) },
  )
  return { taken, metrics: (await handle.finished).metrics }
}

describe('a crashing source', () => {
  it.each([1, 7, 1_024])('fails once after each of the numbers, by batches of %i', async (batchSize) => {
    const { taken, metrics } = await run([3, 10], batchSize)
    expect(metrics.restarts).toBe(2)
    // No checkpoint was there: each attempt begins anew, and the last one takes all.
    expect(taken.slice(-20)).toEqual(numbers)
  })

  it('fails before the first record', async () => {
    expect((await run([0], 4)).metrics.restarts).toBe(1)
  })

  it('does nothing for numbers that are not reached', async () => {
    const { taken, metrics } = await run([21], 4)
    expect(metrics.restarts).toBe(0)
    expect(taken).toEqual(numbers)
  })

  it('refuses a number that is none', () => {
    expect(() => crashingSource(iterableSource(numbers), [1.5])).toThrow('a crash was to come after 1.5 records')
  })
})
