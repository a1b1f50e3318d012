import { describe, expect, it } from 'vitest'
import { type SourceContractOptions, sourceContract } from './source.contract.ts'
import type { Source, SourceBatch } from './source.ts'

type Read = (
  rows: readonly number[],
  from: number,
  max: number,
  memory: { calls: number },
) => SourceBatch<number> | undefined

/** A bounded source of two splits; the even numbers below zero are rejects. */
function listSource(read: Read, splits: () => string[] = () => ['a', 'b']): Source<number> {
  const rows: Readonly<Record<string, readonly number[]>> = { a: [1, 2, 3, -4, -6, 5, 6, 7, -8], b: [10, 20, 30] }
  const memory = { calls: 0 }
  return {
    kind: 'list',
    bounded: true,
    replayable: true,
    createEnumerator: () => ({ discover: () => splits().map((id) => ({ id })) }),
    createReader: () => ({
      openSplit: ({ id }, position) => {
        let at = typeof position === 'number' ? position : 0
        return {
          read: (max) => {
            memory.calls++
            const batch = read(rows[id] ?? [], at, max, memory)
            at = (batch?.position as number | undefined) ?? at
            return batch === undefined ? undefined : relabel(batch, id)
          },
        }
      },
    }),
  }
}

const relabel = (batch: SourceBatch<number>, split: string): SourceBatch<number> =>
  batch.rejects === undefined
    ? batch
    : { ...batch, rejects: batch.rejects.map(({ before, reject }) => ({ before, reject: { ...reject, split } })) }

const good: Read = (rows, from, max) => {
  const values: number[] = []
  const rejects: NonNullable<SourceBatch<number>['rejects']>[number][] = []
  let at = from
  for (; at < rows.length && values.length + rejects.length < max; at++) {
    const row = rows[at] as number
    if (row > 0) values.push(row)
    else {
      const reject = {
        split: '',
        position: `row ${at}`,
        code: 'negative',
        reason: 'below zero',
        raw: `row ${row} as received`,
      }
      rejects.push({ before: values.length, reject })
    }
  }
  return at === from ? undefined : { values, rejects, position: at }
}

async function failures(options: SourceContractOptions<number>): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of sourceContract(options)) await run().catch(() => failed.push(name))
  return failed
}

const broken: Record<string, Source<number>> = {
  'loses what follows a small batch': listSource((rows, from, max, memory) => {
    const batch = good(rows, from, max, memory)
    return batch && max < 3 ? { ...batch, position: (batch.position as number) + 1 } : batch
  }),
  'gives a position that repeats a record': listSource((rows, from, max, memory) => {
    const batch = good(rows, from, max, memory)
    return batch && { ...batch, position: (batch.position as number) - (memory.calls % 5 === 4 ? 1 : 0) }
  }),
  'gives more than was asked for': listSource((rows, from, max, memory) => good(rows, from, max + 2, memory)),
  'gives an empty batch': listSource(
    (rows, from, max, memory) =>
      good(rows, from, max, memory) ?? (memory.calls % 2 ? { values: [], position: from } : undefined),
  ),
  'puts rejects at the end': listSource((rows, from, max, memory) => {
    const batch = good(rows, from, max, memory)
    return (
      batch && {
        ...batch,
        rejects: (batch.rejects ?? []).map(({ reject }) => ({ before: batch.values.length, reject })),
      }
    )
  }),
  'shows the row in the reason': listSource((rows, from, max, memory) => {
    const batch = good(rows, from, max, memory)
    return (
      batch && {
        ...batch,
        rejects: (batch.rejects ?? []).map(({ before, reject }) => ({
          before,
          reject: { ...reject, reason: `bad: ${reject.raw}` },
        })),
      }
    )
  }),
  'names a split twice': listSource(good, () => ['a', 'a']),
  'finds splits in another order each time': listSource(
    good,
    (() => {
      let count = 0
      return () => (count++ % 2 ? ['a', 'b'] : ['b', 'a'])
    })(),
  ),
}

describe('sourceContract', () => {
  it('is kept by a source that keeps it', async () => {
    expect(await failures({ create: () => ({ source: listSource(good), expected: { b: [10, 20, 30] } }) })).toEqual([])
  })

  it('notices records that are not what they should be', async () => {
    expect(await failures({ create: () => ({ source: listSource(good), expected: { b: [10, 20] } }) })).toEqual([
      'reads what is there',
    ])
  })

  it.each(Object.entries(broken))('fails a source that %s', async (_, source) => {
    expect(await failures({ create: () => ({ source }) })).not.toEqual([])
  })

  it('fails a source that does not begin where it says', async () => {
    const startingAt = (start: number): Source<number> => {
      const source = listSource(good)
      return {
        ...source,
        createReader: (context) => {
          const reader = source.createReader(context)
          return {
            openSplit: async (split, position) => ({
              start: position === undefined ? start : undefined,
              read: (await reader.openSplit(split, position)).read,
            }),
          }
        },
      }
    }
    expect(await failures({ create: () => ({ source: startingAt(0) }) })).toEqual([])
    expect(await failures({ create: () => ({ source: startingAt(1) }) })).toEqual(['goes on from where it began'])
  })

  it('gives the reason with a case that a source cannot keep', () => {
    const skips = { 'goes on from the position after any batch': 'it cannot be asked again' }
    const cases = sourceContract({ create: () => ({ source: listSource(good) }), skips })
    expect(cases.filter(({ skip }) => skip !== undefined)).toMatchObject([
      { name: 'goes on from the position after any batch', skip: 'it cannot be asked again' },
    ])
  })

  it('fails a source that goes on waiting when the job stops', async () => {
    const endless = (obeys: boolean): Source<number> => ({
      kind: 'endless',
      bounded: false,
      replayable: true,
      createEnumerator: () => ({ discover: () => [{ id: 'a' }] }),
      createReader: ({ signal }) => ({
        openSplit: (_, position) => {
          let at = typeof position === 'number' ? position : 0
          return {
            read: (max) => {
              const batch = good([1, 2, 3], at, max, { calls: 0 })
              at = (batch?.position as number | undefined) ?? at
              if (batch !== undefined) return batch
              return new Promise((resolve, reject) => {
                signal.addEventListener('abort', () => (obeys ? reject(signal.reason) : resolve(undefined)))
              })
            },
          }
        },
      }),
    })
    expect(await failures({ create: () => ({ source: endless(true) }), rowsPerSplit: 3 })).toEqual([])
    expect(await failures({ create: () => ({ source: endless(false) }), rowsPerSplit: 3 })).toEqual([
      'is closed in the middle of a split, and stops when the job stops',
    ])
  })
})
