import { describe, expect, it } from 'vitest'
import { sinkContract } from './sink.contract.ts'
import type { Sink, SinkWriter } from './sink.ts'

/** What lies outside of the process: `shown` to readers, `prepared` by checkpoint, lost by no crash. */
interface Outside {
  readonly shown: { readonly checkpoint: number; readonly n: number }[]
  readonly prepared: Map<number, number[]>
}
type Writer = Required<Omit<SinkWriter<number>, 'dueAt' | 'onDue'>>
type Change = (writer: Writer, outside: Outside, restored: boolean) => Partial<Writer>

function listSink(outside: Outside, change: Change): Sink<number> {
  return {
    kind: 'list',
    delivery: 'exactly-once',
    open: ({ restored }) => {
      let pending: number[] = []
      let last = 0
      const writer: Writer = {
        write: (values) => {
          pending.push(...values)
        },
        prepareCommit: (id) => {
          last = id
          if (pending.length === 0) return undefined
          outside.prepared.set(id, pending)
          pending = []
          return id
        },
        commit: (id) => {
          if (outside.shown.some(({ checkpoint }) => checkpoint === id)) return
          const prepared = outside.prepared.get(id as number)
          if (prepared === undefined) throw new Error(`checkpoint ${id} is lost`)
          outside.shown.push(...prepared.map((n) => ({ checkpoint: id as number, n })))
        },
        snapshotState: () => last,
        recover: async (ids, state) => {
          last = (state as number | undefined) ?? 0
          for (const id of ids) await writer.commit(id)
          const kept = outside.shown.filter(({ checkpoint }) => checkpoint <= last)
          outside.shown.splice(0, outside.shown.length, ...kept)
          outside.prepared.clear()
        },
        close: () => undefined,
      }
      return { ...writer, ...change(writer, outside, restored) }
    },
  }
}

async function failures(change: Change): Promise<string[]> {
  const create = () => {
    const outside: Outside = { shown: [], prepared: new Map() }
    return { sink: listSink(outside, change), read: () => outside.shown.map(({ n }) => n) }
  }
  const failed: string[] = []
  for (const { name, run } of sinkContract({ create, record: (n) => n })) await run().catch(() => failed.push(name))
  return failed
}

const broken: Record<string, Change> = {
  'shows records before their commit': (_, outside) => ({
    write: (values) => {
      outside.shown.push(...values.map((n) => ({ checkpoint: 0, n })))
    },
    prepareCommit: () => undefined,
  }),
  'commits twice what it is told twice': (_, outside) => ({
    commit: (id) => {
      outside.shown.push(...(outside.prepared.get(id as number) ?? []).map((n) => ({ checkpoint: id as number, n })))
    },
  }),
  'loses what was prepared in a crash': (writer, outside, restored) => ({
    recover: async (ids, state) => {
      if (restored) outside.prepared.clear()
      await writer.recover([...ids], state)
    },
  }),
  'recovers nothing': () => ({ recover: () => undefined }),
  'forgets to commit on recovery': (writer) => ({ recover: (_, state) => writer.recover([], state) }),
  'keeps what was committed after the checkpoint': (writer) => ({ recover: (ids) => writer.recover(ids, 1_000) }),
  'prepares a checkpoint without a record': (writer, outside) => ({
    prepareCommit: (id) => {
      if (writer.prepareCommit(id) === undefined) outside.prepared.set(id, [])
      return id
    },
  }),
  'prepares one checkpoint at a time': (writer, outside) => ({
    prepareCommit: (id) => {
      outside.prepared.clear()
      return writer.prepareCommit(id)
    },
  }),
  'drops the last record of a large batch': (writer) => ({
    write: (values, timestamps) => writer.write(values.slice(0, 1_000), timestamps),
  }),
}

describe('sinkContract', () => {
  it('is kept by a sink that keeps it', async () => {
    expect(await failures(() => ({}))).toEqual([])
  })

  it.each(Object.entries(broken))('fails a sink that %s', async (_, change) => {
    expect(await failures(change)).not.toEqual([])
  })

  it('opens a writer while the dead one before it is still open', async () => {
    const opened: boolean[] = []
    let open = 0
    const create = () => {
      const outside: Outside = { shown: [], prepared: new Map() }
      const change: Change = () => {
        opened.push(open > 0)
        open += 1
        return {
          close: () => {
            open -= 1
          },
        }
      }
      return { sink: listSink(outside, change), read: () => outside.shown.map(({ n }) => n) }
    }
    const cases = sinkContract({ create, record: (n) => n })
    for (const { name, run } of cases) {
      opened.length = 0
      await run()
      const isCrash = /died|never came about|crash at every step|dead process/.test(name)
      expect([name, opened.includes(true)]).toEqual([name, isCrash])
    }
    expect(open).toBe(0)
  })

  it('gives the reason with a case that a sink cannot keep, and takes no name that is no case', async () => {
    const create = () => {
      const outside: Outside = { shown: [], prepared: new Map() }
      return {
        sink: listSink(outside, (writer) => ({ recover: (ids) => writer.recover(ids, 1_000) })),
        read: () => outside.shown.map(({ n }) => n),
      }
    }
    const options = { create, record: (n: number) => n }
    const skips = { 'goes back to an older checkpoint': 'a topic is only ever added to' }
    const skipped = sinkContract({ ...options, skips }).filter(({ skip }) => skip !== undefined)
    expect(skipped).toMatchObject([{ name: 'goes back to an older checkpoint', skip: 'a topic is only ever added to' }])
    await expect(skipped[0]?.run()).rejects.toThrow('a reader sees other records')
    expect(() => sinkContract({ ...options, skips: { 'goes back': 'no' } })).toThrow("has no case 'goes back'")
    expect(() => sinkContract({ ...options, skips: { 'goes back to an older checkpoint': ' ' } })).toThrow('no reason')
  })

  it('asks no more of a sink than it promises', async () => {
    const shown: number[] = []
    const sink: Sink<number> = {
      kind: 'console',
      delivery: 'at-least-once',
      open: () => ({
        write: (values) => {
          shown.push(...values)
        },
      }),
    }
    const create = () => ({ sink, read: () => shown.splice(0) })
    for (const { run } of sinkContract({ create, record: (n) => n })) await run()
  })
})
