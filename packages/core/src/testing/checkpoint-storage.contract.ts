import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import type { CheckpointStorage, TakenStorage } from '../checkpoint/checkpoint-storage.ts'
import { MillraceError } from '../errors.ts'
import { type ContractCase, contractCases, expectSame, expectThat } from '../operators/contract-case.ts'

export interface CheckpointStorageContractOptions {
  /** A storage over a fresh and empty place. Called once a case. */
  create(): StorageUnderTest | Promise<StorageUnderTest>
}

export interface StorageUnderTest {
  readonly storage: CheckpointStorage
  dispose?(): void | Promise<void>
}

/**
 * What the engine relies on in every storage of checkpoints. Give each case to a test runner:
 *
 * ```text
 * import { checkpointStorageContract } from '@millrace/core/connector'
 * for (const { name, run } of checkpointStorageContract({ create: () => ({ storage: myStorage() }) })) test(name, run)
 * ```
 */
export function checkpointStorageContract(options: CheckpointStorageContractOptions): readonly ContractCase[] {
  const cases = Object.entries(CASES).map(([name, check]) => {
    const run = async (): Promise<void> => {
      const { storage, dispose } = await options.create()
      try {
        await check(storage)
      } finally {
        await dispose?.()
      }
    }
    return [name, run] as const
  })
  return contractCases(Object.fromEntries(cases))
}

const CASES: Readonly<Record<string, (storage: CheckpointStorage) => Promise<void>>> = {
  'has nothing at first, then the newest, whole': async (storage) => {
    expectSame(await storage.latest(), undefined, 'a fresh storage has a checkpoint')
    const taken = await storage.take()
    expectSame(taken.latest, undefined, 'a fresh storage has a checkpoint when it is taken')
    await taken.write(checkpoint(1))
    await taken.write(checkpoint(2))
    expectSame(await storage.latest(), checkpoint(2), 'the newest is another')
    expectSame((await storage.take()).latest, checkpoint(2), 'the newest is another when it is taken')
  },
  'is not changed by what is done to a checkpoint after it was written': async (storage) => {
    const written = checkpoint(1) as { records: number } & Checkpoint
    await (await storage.take()).write(written)
    written.records = 99
    expectSame((await storage.latest())?.records, 10, 'records of the newest')
  },
  'keeps a large one whole': async (storage) => {
    const lists = { list: Array.from({ length: 200_000 }, (_, n) => `${n} ${'é'.repeat(n % 60)}`) }
    const large = { ...checkpoint(1), sinks: { s: { committables: [lists], state: undefined, recordsIn: 1 } } }
    await (await storage.take()).write(large)
    expectSame(await storage.latest(), large, 'a large checkpoint')
  },
  'takes nothing more of whoever had it before': async (storage) => {
    const before = await storage.take()
    await before.write(checkpoint(1))
    const after = await storage.take()
    await expectTaken(before.write(checkpoint(2)))
    expectSame((await storage.latest())?.checkpointId, 1, 'the newest')
    await after.write({ ...checkpoint(2), records: 7 })
    await expectTaken(before.write(checkpoint(2)))
    await expectTaken(before.write(checkpoint(3)))
    expectSame(await storage.latest(), { ...checkpoint(2), records: 7 }, 'the newest')
  },
  'goes on with the next attempt of the same run, unless another has it': async (storage) => {
    const first = await storage.take()
    await first.write(checkpoint(1))
    expectSame(await first.isTaken(), false, 'the first is taken')
    const second = await first.takeAgain()
    expectSame([await first.isTaken(), await second.isTaken()], [true, false], 'the first, the second is taken')
    expectSame(second.latest?.checkpointId, 1, 'what the second goes on from')
    await second.write(checkpoint(2))
    const other = await storage.take()
    expectSame([await second.isTaken(), await other.isTaken()], [true, false], 'the second, the other is taken')
    await expectTaken(second.takeAgain())
    await expectTaken(first.takeAgain())
    await other.write(checkpoint(3))
    expectSame((await storage.latest())?.checkpointId, 3, 'the newest')
  },
  'goes to one of several who take it at once': async (storage) => {
    await (await storage.take()).write(checkpoint(1))
    const all = await Promise.all(Array.from({ length: 8 }, () => storage.take().catch((error: unknown) => error)))
    const written = await Promise.allSettled(
      all.map(async (taken) => {
        if (taken instanceof Error) throw taken
        await (taken as TakenStorage).write(checkpoint(2))
      }),
    )
    const refused = written.filter((outcome) => outcome.status === 'rejected')
    expectSame(written.length - refused.length, 1, 'how many of those who took it at once could write')
    for (const { reason } of refused) await expectTaken(Promise.reject(reason))
  },
}

async function expectTaken(doing: Promise<unknown>): Promise<void> {
  const error = await doing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  const isRight = error instanceof MillraceError && error.code === 'CORE_CHECKPOINT_TAKEN' && !error.retryable
  expectThat(isRight, `CORE_CHECKPOINT_TAKEN was to be thrown, not ${String(error)}`)
}

function checkpoint(checkpointId: number): Checkpoint {
  return {
    format: 1,
    job: 'ward',
    fingerprint: 'f',
    steps: [{ id: 'a', kind: 'map' }],
    checkpointId,
    clock: Number.NEGATIVE_INFINITY,
    records: 10 * checkpointId,
    operators: { a: { lists: {}, counters: { late: -0 }, recordsOut: 1, watermark: Number.NEGATIVE_INFINITY } },
    sources: {},
    sinks: {},
    isFinal: false,
  }
}
