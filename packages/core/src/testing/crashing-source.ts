import { MillraceError } from '../errors.ts'
import type { Source, SourceBatch, SplitReader } from '../operators/sources/source.ts'

/**
 * A job's own source, whose reading fails after so many records, once for each number: so that a whole job can be tried with
 * crashes where a `scripted` source would not do. Records are counted over all splits and attempts, as they are read; those that
 * a restart reads again count again. Numbers beyond what is read do nothing. With `checkpoints: { everyRecords: 1 }` in memory there
 * is a checkpoint between any two crashes that have two records between them.
 *
 * The job needs a restart strategy that allows as many failures.
 *
 * @throws CORE_OPTION_INVALID for a number that is not a whole one of 0 or more.
 * @example
 * ```ts
 * import { createEnvironment, fixedDelayRestart } from '@millrace/core'
 * import type { Source } from '@millrace/core/connector'
 * import { crashingSource } from '@millrace/core/testing'
 *
 * const numbers: Source<number> = {
 *   kind: 'numbers',
 *   bounded: true,
 *   replayable: true,
 *   createEnumerator: () => ({ discover: () => [{ id: 'all' }] }),
 *   createReader: () => ({
 *     openSplit: (_, position = 0) => {
 *       let next = position as number
 *       return { read: () => (next === 3 ? undefined : { values: [next++], position: next }) }
 *     },
 *   }),
 * }
 * const env = createEnvironment()
 * const doubled = env.fromSource(crashingSource(numbers, [1, 2])).map((n) => n * 2)
 * const values = await env.executeAndCollect(doubled, { restart: fixedDelayRestart(2, 0) })
 * values // => [0, 2, 4]
 * ```
 */
export function crashingSource<T>(source: Source<T>, afterRecords: readonly number[]): Source<T> {
  for (const records of afterRecords) {
    if (Number.isSafeInteger(records) && records >= 0) continue
    throw new MillraceError('CORE_OPTION_INVALID', `a crash was to come after ${records} records`)
  }
  const plan: CrashPlan = { left: afterRecords.toSorted((a, b) => a - b), records: 0, checkpoints: 0 }
  return {
    ...source,
    createEnumerator: (context) => source.createEnumerator(context),
    createReader(context) {
      const reader = source.createReader(context)
      return {
        async openSplit(split, position) {
          return new CrashingReader(await reader.openSplit(split, position), plan)
        },
        checkpointComplete(positions) {
          plan.checkpoints += 1
          return reader.checkpointComplete?.(positions)
        },
        close: () => reader.close?.(),
      }
    },
  }
}

/** What is left to happen, through all attempts of the job. */
interface CrashPlan {
  readonly left: number[]
  records: number
  /** How many checkpoints have completed. */
  checkpoints: number
}

/** Turns of the event loop that a checkpoint in memory needs, with some to spare. */
const TURNS = 50

/**
 * What was read before a crash gets into a checkpoint, where the job takes one: else each attempt would begin anew, and nothing
 * of its state be tried.
 */
async function timeForCheckpoint(plan: CrashPlan): Promise<void> {
  const before = plan.checkpoints
  for (let turns = 0; turns < TURNS && plan.checkpoints === before; turns++) await turn()
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

class CrashingReader<T> implements SplitReader<T> {
  readonly #reader: SplitReader<T>
  readonly #plan: CrashPlan

  constructor(reader: SplitReader<T>, plan: CrashPlan) {
    this.#reader = reader
    this.#plan = plan
  }

  async read(maxRecords: number): Promise<SourceBatch<T> | undefined> {
    const plan = this.#plan
    const next = plan.left[0]
    if (next !== undefined && plan.records >= next) {
      plan.left.shift()
      await timeForCheckpoint(plan)
      throw new Error(`a crash after ${next} records, on purpose`)
    }
    await turn()
    // Two batches at least before a crash, so that a checkpoint can stand between them.
    const most = next === undefined ? maxRecords : Math.min(maxRecords, Math.ceil((next - plan.records) / 2))
    const batch = await this.#reader.read(most)
    plan.records += batch?.values.length ?? 0
    return batch
  }

  close(): void | Promise<void> {
    return this.#reader.close?.()
  }
}
