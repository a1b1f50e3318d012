import { type ContractCase, contractCases, expectSame, expectThat } from '../contract-case.ts'
import type { Reject, Source, SourceBatch, SourceReader, Split, SplitPosition } from './source.ts'

export interface SourceContractOptions<T> {
  /**
   * The source under test, over something that holds still: the same records each time, in at least one split of at
   * least two records. Called once a case.
   */
  create(): SourceUnderTest<T> | Promise<SourceUnderTest<T>>
  /** Of a source without end: how many rows (records and rejects) of each split are there to be read. */
  readonly rowsPerSplit?: number
  /** Cases that this source cannot keep by what it reads, by name, each with the reason. */
  readonly skips?: Readonly<Record<string, string>>
}

export interface SourceUnderTest<T> {
  readonly source: Source<T>
  /** What is to be read of each split, in order, where the caller knows it. */
  readonly expected?: Readonly<Record<string, readonly T[]>>
  dispose?(): void | Promise<void>
}

/**
 * What the engine relies on in every source. Give each case to a test runner:
 *
 * ```text
 * import { sourceContract } from '@millrace/core/connector'
 * for (const { name, run } of sourceContract({ create: () => ({ source: mySource() }) })) test(name, run)
 * ```
 *
 * Where it says that it skips some: `(skip === undefined ? test : test.skip)(name, run)`, with the reason in `skip`.
 *
 * @throws when a name in `skips` is no case
 */
export function sourceContract<T>(options: SourceContractOptions<T>): readonly ContractCase[] {
  const limit = options.rowsPerSplit ?? Number.POSITIVE_INFINITY
  const all = async (bench: Bench<T>): Promise<readonly Row<T>[][]> => {
    const rows: Row<T>[][] = []
    for (const split of bench.splits) rows.push(rowsOf(await bench.read(split, undefined, 1_000, limit)))
    return rows
  }
  const checks: Record<string, (bench: Bench<T>) => Promise<void>> = {
    'names its splits, each once and the same each time': async (bench) => {
      const ids = bench.splits.map((split) => split.id)
      expectThat(ids.length > 0, 'the source under test has no split')
      expectThat(
        ids.every((id) => typeof id === 'string' && id !== ''),
        'a split has no id',
      )
      expectSame([...new Set(ids)], ids, 'two splits have one id')
      expectSame(await bench.discover(), bench.splits, 'a second enumerator finds other splits')
    },
    'reads what is there': async (bench) => {
      const rows = await all(bench)
      expectThat(
        rows.some((split) => split.length >= 2),
        'the source under test has no split of two rows',
      )
      for (const [id, expected] of Object.entries(bench.expected ?? {})) {
        const at = bench.splits.findIndex((split) => split.id === id)
        const values = (rows[at] ?? []).flatMap((row) => ('value' in row ? [row.value] : []))
        expectSame(values, expected, `split ${id} gives other records`)
      }
    },
    'gives the same records however small the batches are': async (bench) => {
      const whole = await all(bench)
      for (const [index, split] of bench.splits.entries()) {
        for (const size of [1, 2, 7]) {
          const cut = rowsOf(await bench.read(split, undefined, size, limit))
          expectSame(cut, whole[index], `split ${split.id} differs in batches of ${size}`)
        }
      }
    },
    'keeps to the size asked for, and gives no empty batch': async (bench) => {
      for (const split of bench.splits) {
        for (const size of [1, 3]) {
          for (const batch of await bench.read(split, undefined, size, limit)) {
            expectThat(
              batch.values.length <= size,
              `a batch has ${batch.values.length} values where ${size} were asked for`,
            )
            expectThat(batch.values.length + (batch.rejects?.length ?? 0) > 0, 'a batch is empty')
          }
        }
      }
    },
    'goes on from the position after any batch': async (bench) => {
      for (const split of bench.splits) {
        for (const size of [1, 3]) {
          const batches = await bench.read(split, undefined, size, limit)
          const stride = Math.max(1, Math.floor(batches.length / 50))
          for (let cut = 0; cut < batches.length; cut += stride) {
            const rest = rowsOf(batches.slice(cut + 1))
            const position = structuredClone(batches[cut]?.position)
            const resumed = rowsOf(await bench.read(split, position, 1_000, rest.length))
            expectSame(resumed, rest, `split ${split.id} goes on differently after ${cut + 1} batches of ${size}`)
          }
        }
      }
    },
    'goes on from a position that it gave after a restart': async (bench) => {
      for (const split of bench.splits) {
        const [first] = await bench.read(split, undefined, 1, 1)
        if (first === undefined) continue
        const [second] = await bench.read(split, structuredClone(first.position), 1, 1)
        if (second === undefined) continue
        const rest = rowsOf(await bench.read(split, undefined, 1_000, limit)).slice(rowsOf([first, second]).length)
        const resumed = await bench.read(split, structuredClone(second.position), 1_000, rest.length)
        expectSame(rowsOf(resumed), rest, `split ${split.id} goes on differently after a second restart`)
      }
    },
    'goes on from where it began': async (bench) => {
      for (const split of bench.splits) {
        const opened = await bench.openReader().openSplit(split, undefined)
        // The engine asks before it reads.
        const start = structuredClone(opened.start)
        const first = await opened.read(Math.min(3, limit))
        await opened.close?.()
        if (start === undefined || first === undefined) continue
        const rows = rowsOf([first])
        const rest = await bench.read(split, structuredClone(first.position), 1_000, limit - rows.length)
        rows.push(...rowsOf(rest))
        const again = rowsOf(await bench.read(split, start, 1_000, rows.length))
        expectSame(again, rows, `split ${split.id} gives other rows from where it began`)
      }
    },
    'reads splits side by side': async (bench) => {
      const whole = await all(bench)
      const reader = bench.openReader()
      const splits = await Promise.all(bench.splits.map(async (split) => reader.openSplit(split, undefined)))
      const found: SourceBatch<T>[][] = splits.map(() => [])
      const counts = splits.map(() => 0)
      for (let isDone = false, rounds = 0; !isDone; rounds++) {
        isDone = true
        expectEnd(bench.splits[0] as Split, rounds)
        for (const [index, split] of splits.entries()) {
          const count = counts[index] as number
          if (count >= limit) continue
          const batch = await split.read(2)
          if (batch === undefined) continue
          found[index]?.push(batch)
          counts[index] = count + batch.values.length + (batch.rejects?.length ?? 0)
          isDone = false
        }
      }
      for (const split of splits) await split.close?.()
      expectSame(found.map(rowsOf), whole, 'read in turns, the splits give other records')
    },
    'puts rejects where they stood, with position and reason and without values': async (bench) => {
      for (const split of bench.splits) {
        for (const batch of await bench.read(split, undefined, 1_000, limit)) checkRejects(batch, split)
      }
    },
    'says so again when asked after the end': async (bench) => {
      if (!bench.source.bounded) return
      const reader = bench.openReader()
      for (const split of bench.splits) {
        const opened = await reader.openSplit(split, undefined)
        for (let batches = 0; (await opened.read(1_000)) !== undefined; batches++) expectEnd(split, batches)
        expectThat((await opened.read(1_000)) === undefined, `split ${split.id} goes on after its end`)
        await opened.close?.()
      }
    },
    'is closed in the middle of a split, and stops when the job stops': async (bench) => {
      const reader = bench.openReader()
      const split = bench.splits[0] as Split
      const opened = await reader.openSplit(split, undefined)
      await opened.read(1)
      if (!bench.source.bounded) {
        for (let rows = 1; rows < limit; ) {
          const batch = await opened.read(1)
          if (batch === undefined)
            throw new Error(`split ${split.id} ends after ${rows} rows where ${limit} were announced`)
          rows += rowsOf([batch]).length
        }
        const waiting = Promise.resolve(opened.read(1)).then(
          () => 'resolved',
          () => 'rejected',
        )
        bench.abort()
        expectSame(await waiting, 'rejected', 'a read that waits, when the job stops, is')
      }
      bench.abort()
      await opened.close?.()
    },
  }
  const cases = Object.entries(checks).map(([name, check]) => [name, () => withBench(options, check)] as const)
  return contractCases(Object.fromEntries(cases), options.skips)
}

type Row<T> = { readonly value: T } | { readonly reject: Reject }

interface Bench<T> {
  readonly source: Source<T>
  readonly expected: Readonly<Record<string, readonly T[]>> | undefined
  readonly splits: readonly Split[]
  discover(): Promise<readonly Split[]>
  openReader(): SourceReader<T>
  /** Batches until the end, or until there are `limit` rows. */
  read(split: Split, from: SplitPosition | undefined, size: number, limit: number): Promise<SourceBatch<T>[]>
  abort(): void
}

async function withBench<T>(
  options: SourceContractOptions<T>,
  check: (bench: Bench<T>) => Promise<void>,
): Promise<void> {
  const { source, expected, dispose } = await options.create()
  const stop = new AbortController()
  const context = { operatorId: 'source-under-test', signal: stop.signal }
  const readers: SourceReader<T>[] = []
  const openReader = (): SourceReader<T> => {
    const reader = source.createReader(context)
    readers.push(reader)
    return reader
  }
  const discover = async (): Promise<readonly Split[]> => {
    const enumerator = source.createEnumerator(context)
    const splits = await enumerator.discover()
    await enumerator.close?.()
    return splits
  }
  const read: Bench<T>['read'] = async (split, from, size, limit) => {
    const opened = await openReader().openSplit(split, from)
    const batches: SourceBatch<T>[] = []
    for (let rows = 0; rows < limit; ) {
      expectEnd(split, batches.length)
      const batch = await opened.read(Math.min(size, limit - rows))
      if (batch === undefined) break
      batches.push(batch)
      rows += rowsOf([batch]).length
    }
    await opened.close?.()
    return batches
  }
  try {
    const splits = await discover()
    await check({ source, expected, splits, discover, openReader, read, abort: () => stop.abort() })
  } finally {
    for (const reader of readers) await reader.close?.()
    await dispose?.()
  }
}

/** More batches than any source under test should have. */
const MOST_BATCHES = 20_000

/** A source that repeats its records, or gives empty batches, would keep the test running for good. */
function expectEnd(split: Split, batches: number): void {
  expectThat(batches < MOST_BATCHES, `split ${split.id} has not ended after ${MOST_BATCHES} batches`)
}

/** Values and rejects as they stood. */
function rowsOf<T>(batches: readonly SourceBatch<T>[]): Row<T>[] {
  const rows: Row<T>[] = []
  for (const { values, rejects = [] } of batches) {
    let next = 0
    for (let index = 0; index <= values.length; index++) {
      for (; next < rejects.length && rejects[next]?.before === index; next++) {
        rows.push({ reject: (rejects[next] as { reject: Reject }).reject })
      }
      if (index < values.length) rows.push({ value: values[index] as T })
    }
    expectThat(next === rejects.length, 'rejects are not ascending, or stand outside of their batch')
  }
  return rows
}

function checkRejects(batch: SourceBatch<unknown>, split: Split): void {
  for (const { reject } of batch.rejects ?? []) {
    expectSame(reject.split, split.id, 'a reject names another split')
    expectThat(
      reject.position !== '' && reject.code !== '' && reject.reason !== '',
      'a reject lacks position, code or reason',
    )
    const shown = reject.raw.trim()
    expectThat(shown.length < 8 || !reject.reason.includes(shown), 'the reason of a reject quotes the row')
  }
}
