import { type ContractCase, canonical, contractCases, expectSame, expectThat } from '../contract-case.ts'
import type { Committable, Sink, SinkWriter } from './sink.ts'

export interface SinkContractOptions<T> {
  /** The sink under test, into a fresh and empty place. Called once a case. */
  create(): SinkUnderTest<T> | Promise<SinkUnderTest<T>>
  /** The nth record; all differ. */
  record(n: number): T
  /**
   * Cases that this sink cannot keep by what it writes to, by name, each with the reason: what is only ever added to does not go
   * back to an older checkpoint.
   */
  readonly skips?: Readonly<Record<string, string>>
}

export interface SinkUnderTest<T> {
  readonly sink: Sink<T>
  /** What a reader of the output sees now, in any order. */
  read(): readonly unknown[] | Promise<readonly unknown[]>
  /** What a reader sees of one record. Default: the record. */
  seenAs?(record: T): unknown
  dispose?(): void | Promise<void>
}

/**
 * What the engine relies on in every sink; for one that is exactly-once, also that it survives a crash between any two
 * calls. Give each case to a test runner:
 *
 * ```text
 * import { sinkContract } from '@millrace/core/connector'
 * for (const { name, run } of sinkContract({ create, record: (n) => ({ n }) })) test(name, run)
 * ```
 *
 * Where it says that it skips some: `(skip === undefined ? test : test.skip)(name, run)`, with the reason in `skip`.
 *
 * A crash is a writer that is left alone: nothing of it is called any more, and a new one is opened. It is not closed before the
 * case is over; what it holds outside (a connection, a transaction) is still there, as a zombie's is.
 *
 * @throws when a name in `skips` is no case
 */
export function sinkContract<T>(options: SinkContractOptions<T>): readonly ContractCase[] {
  const checks = Object.entries({ ...anySink<T>(), ...exactlyOnce<T>() })
  const cases = checks.map(([name, check]) => [name, () => withBench(options, check)] as const)
  return contractCases(Object.fromEntries(cases), options.skips)
}

type Check<T> = (bench: Bench<T>) => Promise<void>

function anySink<T>(): Record<string, Check<T>> {
  return {
    'shows what was written, once all is committed and it is closed': async (bench) => {
      const job = await bench.start()
      await job.write(0, 3)
      await job.write(3, 4)
      await job.commit(await job.prepare(1))
      await job.close()
      await bench.expectSeen(0, 4)
    },
    'takes batches of none, one and many': async (bench) => {
      const job = await bench.start()
      await job.write(0, 0)
      await job.write(0, 1)
      await job.write(1, 5_001)
      await job.commit(await job.prepare(1))
      await job.close()
      await bench.expectSeen(0, 5_001)
    },
    'is opened and closed without a record': async (bench) => {
      const job = await bench.start()
      await job.commit(await job.prepare(1))
      await job.close()
      await bench.expectSeen(0, 0)
    },
  }
}

function exactlyOnce<T>(): Record<string, Check<T>> {
  const cases: Record<string, Check<T>> = {
    'has what exactly-once needs': async (bench) => {
      const job = await bench.start()
      for (const method of ['prepareCommit', 'commit', 'recover'] as const) {
        expectThat(typeof job.writer[method] === 'function', `the writer has no ${method}`)
      }
      await job.close()
    },
    'shows nothing before its commit': async (bench) => {
      const job = await bench.start()
      await job.write(0, 3)
      await bench.expectSeen(0, 0)
      const checkpoint = await job.prepare(1)
      await bench.expectSeen(0, 0)
      await job.write(3, 5)
      await job.commit(checkpoint)
      await bench.expectSeen(0, 3)
      await job.close()
      await bench.expectSeen(0, 3)
    },
    'commits again with the same effect': async (bench) => {
      const job = await bench.start()
      await job.write(0, 3)
      const first = await job.prepare(1)
      await job.commit(first)
      await job.commit(first)
      await job.write(3, 5)
      const second = await job.prepare(2)
      await job.commit(second)
      await job.commit(first)
      await job.commit(second)
      await bench.expectSeen(0, 5)
      await job.close()
    },
    'prepares a second checkpoint before the first is committed': async (bench) => {
      const job = await bench.start()
      await job.write(0, 2)
      const first = await job.prepare(1)
      await job.write(2, 5)
      const second = await job.prepare(2)
      await job.commit(first)
      await bench.expectSeen(0, 2)
      await job.commit(second)
      await bench.expectSeen(0, 5)
      await job.close()
    },
    'has nothing to commit where nothing was written': async (bench) => {
      const job = await bench.start()
      await job.write(0, 2)
      await job.commit(await job.prepare(1))
      const empty = await job.prepare(2)
      expectSame(empty.committables, [], 'a checkpoint without a record holds')
      await job.write(2, 3)
      await job.commit(await job.prepare(3))
      await bench.expectSeen(0, 3)
      await job.close()
    },
    'clears away what a process wrote that died before its first checkpoint': async (bench) => {
      const dead = await bench.start()
      await dead.write(0, 3)
      const job = await bench.start()
      await bench.expectSeen(0, 0)
      await job.write(0, 4)
      await job.commit(await job.prepare(1))
      await bench.expectSeen(0, 4)
      await job.close()
    },
    'clears away what was prepared for a checkpoint that never came about': async (bench) => {
      const dead = await bench.start()
      await dead.write(0, 2)
      const durable = await dead.prepare(1)
      await dead.commit(durable)
      await dead.write(2, 5)
      await dead.prepare(2)
      const job = await bench.resume(durable)
      await bench.expectSeen(0, 2)
      await job.write(2, 6)
      await job.commit(await job.prepare(2))
      await bench.expectSeen(0, 6)
      await job.close()
    },
    'commits what a checkpoint holds when its process died before the commit': async (bench) => {
      const dead = await bench.start()
      await dead.write(0, 3)
      const durable = await dead.prepare(1)
      await dead.write(3, 5)
      const job = await bench.resume(durable)
      await bench.expectSeen(0, 3)
      await job.write(3, 6)
      await job.commit(await job.prepare(2))
      await bench.expectSeen(0, 6)
      await job.close()
    },
    'commits it once when the process died after the commit, and when it dies again': async (bench) => {
      const dead = await bench.start()
      await dead.write(0, 3)
      const durable = await dead.prepare(1)
      await dead.commit(durable)
      await bench.resume(durable)
      const job = await bench.resume(durable)
      await bench.expectSeen(0, 3)
      await job.write(3, 4)
      await job.commit(await job.prepare(2))
      await bench.expectSeen(0, 4)
      await job.close()
    },
    'commits two checkpoints of a dead process in their order': async (bench) => {
      const dead = await bench.start()
      await dead.write(0, 2)
      const first = await dead.prepare(1)
      await dead.write(2, 5)
      const second = await dead.prepare(2)
      const both = { ...second, committables: [...first.committables, ...second.committables] }
      const job = await bench.resume(both)
      await bench.expectSeen(0, 5)
      await job.close()
    },
    'goes back to an older checkpoint': async (bench) => {
      const dead = await bench.start()
      await dead.write(0, 2)
      const older = await dead.prepare(1)
      await dead.commit(older)
      await dead.write(2, 4)
      await dead.commit(await dead.prepare(2))
      await dead.close()
      const job = await bench.resume(older)
      await job.write(2, 7)
      await job.commit(await job.prepare(2))
      await bench.expectSeen(0, 7)
      await job.close()
    },
    'goes on after a crash at every step of a run': async (bench) => {
      // The run, as the engine drives it; it is cut off after each step in turn, and gone on with from its last checkpoint.
      let durable: Checkpoint | undefined
      let reached = 0
      for (const stopAfter of ['write', 'prepare', 'durable', 'commit', 'write', 'commit', 'prepare', 'durable']) {
        const job = durable === undefined ? await bench.start() : await bench.resume(durable)
        const from = reached
        await job.write(from, from + 3)
        if (stopAfter === 'write') continue
        const checkpoint = await job.prepare(durable === undefined ? 1 : durable.id + 1)
        if (stopAfter === 'prepare') continue
        durable = checkpoint
        reached = from + 3
        if (stopAfter === 'durable') continue
        await job.commit(checkpoint)
      }
      const job = await bench.resume(durable as Checkpoint)
      await bench.expectSeen(0, reached)
      await job.close()
    },
  }
  const guarded = Object.entries(cases).map(([name, check]): [string, Check<T>] => [
    name,
    // A sink that promises less is not asked for more.
    async (bench) => (bench.sink.delivery === 'exactly-once' ? await check(bench) : undefined),
  ])
  return Object.fromEntries(guarded)
}

/** What a checkpoint keeps of one sink. */
interface Checkpoint {
  readonly id: number
  readonly committables: readonly Committable[]
  readonly state: unknown
}

/** One life of a writer. */
interface Job<T> {
  readonly writer: SinkWriter<T>
  /** Records from `from` up to, and without, `to`. */
  write(from: number, to: number): Promise<void>
  prepare(id: number): Promise<Checkpoint>
  commit(checkpoint: Checkpoint): Promise<void>
  close(): Promise<void>
}

interface Bench<T> {
  readonly sink: Sink<T>
  start(): Promise<Job<T>>
  resume(checkpoint: Checkpoint): Promise<Job<T>>
  /** A reader sees the records from `from` up to, and without, `to`, each once. */
  expectSeen(from: number, to: number): Promise<void>
}

async function withBench<T>(options: SinkContractOptions<T>, check: Check<T>): Promise<void> {
  const { sink, read, seenAs = (record: T): unknown => record, dispose } = await options.create()
  const signal = new AbortController().signal
  const open = new Set<SinkWriter<T>>()
  const start = async (checkpoint: Checkpoint | undefined): Promise<Job<T>> => {
    const writer = await sink.open({ operatorId: 'sink-under-test', signal, restored: checkpoint !== undefined })
    open.add(writer)
    await writer.recover?.(structuredClone(checkpoint?.committables ?? []), structuredClone(checkpoint?.state))
    return {
      writer,
      write: async (from, to) => {
        const numbers = Array.from({ length: to - from }, (_, index) => from + index)
        await writer.write(
          numbers.map((n) => options.record(n)),
          numbers.map((n) => n * 1_000),
        )
      },
      prepare: async (id) => {
        const committable = await writer.prepareCommit?.(id)
        const state = writer.snapshotState?.()
        return {
          id,
          committables: committable === undefined ? [] : [structuredClone(committable)],
          state: structuredClone(state),
        }
      },
      commit: async ({ committables }) => {
        for (const committable of committables) await writer.commit?.(structuredClone(committable))
      },
      close: async () => {
        open.delete(writer)
        await writer.close?.()
      },
    }
  }
  const expectSeen = async (from: number, to: number): Promise<void> => {
    const wanted = Array.from({ length: to - from }, (_, index) => seenAs(options.record(from + index)))
    const sorted = (rows: readonly unknown[]): string[] => rows.map(canonical).sort()
    expectSame(sorted(await read()), sorted(wanted), 'a reader sees other records')
  }
  try {
    await check({ sink, start: () => start(undefined), resume: start, expectSeen })
  } finally {
    // What the dead left open is nobody's any more.
    for (const writer of open) await writer.close?.()
    await dispose?.()
  }
}
