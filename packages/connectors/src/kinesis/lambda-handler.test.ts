import { createEnvironment, fixedDelayRestart } from '@millrace/core'
import type { Reject, Sink, Source } from '@millrace/core/connector'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { aggregateOf } from '../../test/kinesis/aggregate.ts'
import { json } from '../formats/json.ts'
import { type KinesisLambdaEvent, kinesisLambdaHandler } from './lambda-handler.ts'

interface Row {
  readonly n: number
}

const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
afterEach(() => warn.mockClear())

function eventOf(bodies: readonly (string | Buffer)[]): KinesisLambdaEvent {
  return {
    Records: bodies.map((body, index) => ({
      eventID: `shardId-000000000000:${100 + index}`,
      eventSourceARN: 'arn:aws:kinesis:us-east-1:1:stream/vitals',
      kinesis: {
        data: Buffer.from(body).toString('base64'),
        partitionKey: 'p',
        sequenceNumber: String(100 + index),
        approximateArrivalTimestamp: 1_764_165_600.5,
      },
    })),
  }
}

const rows = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => JSON.stringify({ n: from + i }))

function collecting<T>(take: (value: T) => void): Sink<T> {
  return { kind: 'collecting', delivery: 'at-least-once', open: () => ({ write: (values) => values.forEach(take) }) }
}

/** Shows what it was given at its commits, which fail from so many records on. */
function twoPhased(committed: number[], failsFrom: number): Sink<Row> {
  let pending: number[] = []
  return {
    kind: 'two-phased',
    delivery: 'exactly-once',
    open: () => ({
      write: (values) => void pending.push(...values.map(({ n }) => n)),
      prepareCommit() {
        const prepared = pending
        pending = []
        return prepared.length === 0 ? undefined : prepared
      },
      commit(prepared) {
        if (committed.length >= failsFrom) throw new Error('a fault of the test')
        committed.push(...(prepared as number[]))
      },
      recover() {},
    }),
  }
}

function handlerOf(failsAt: number | undefined, reportsBatchItemFailures = true, restarts = 0) {
  const seen: number[] = []
  const rejects: Reject[] = []
  const fails = new Set([failsAt])
  const run = async (source: Source<Row>): Promise<void> => {
    const env = createEnvironment()
    const records = env.fromSource(source, { id: 'rows', onReject: 'side-output' })
    records
      .map((row) => {
        if (restarts > 0 ? fails.delete(row.n) : fails.has(row.n)) throw new Error('a fault of the test')
        return row
      })
      .sinkTo(
        collecting(({ n }) => seen.push(n)),
        { id: 'seen' },
      )
    records.rejected().sinkTo(
      collecting((reject) => rejects.push(reject)),
      { id: 'rejects' },
    )
    const restart = fixedDelayRestart(restarts, 0)
    await env.execute({ checkpoints: { everyRecords: 2 }, batchSize: 2, restart })
  }
  return { seen, rejects, handler: kinesisLambdaHandler({ format: json<Row>(), reportsBatchItemFailures }, run) }
}

describe('kinesisLambdaHandler', () => {
  it('reads every record of a batch, also those in aggregates', async () => {
    const { seen, handler } = handlerOf(undefined)
    const aggregate = await aggregateOf(rows(3, 6).map((data) => ({ key: 'p', data })))
    expect(await handler(eventOf([...rows(0, 3), aggregate, ...rows(6, 8)]))).toEqual({ batchItemFailures: [] })
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(await handler(eventOf([]))).toEqual({ batchItemFailures: [] })
  })

  it('makes a record that is none a reject, which costs no neighbour', async () => {
    const { seen, rejects, handler } = handlerOf(undefined)
    const aggregate = await aggregateOf(['{"n":2}', '{"n":', '{"n":3}'].map((data) => ({ key: 'p', data })))
    expect(await handler(eventOf(['{"n":0}', 'poison', '{"n":1}', aggregate]))).toEqual({ batchItemFailures: [] })
    expect(seen).toEqual([0, 1, 2, 3])
    expect(rejects).toMatchObject([
      { code: 'json-invalid', position: 'sequence number 101', raw: 'poison' },
      { code: 'json-invalid', position: 'sequence number 103, record 1 of its aggregate' },
    ])
  })

  it('has a failed batch tried again from the first record that no checkpoint counts on', async () => {
    const { seen, handler } = handlerOf(13)
    const { batchItemFailures } = await handler(eventOf(rows(0, 20)))
    const [{ itemIdentifier } = { itemIdentifier: '' }] = batchItemFailures
    expect(batchItemFailures).toHaveLength(1)
    const from = Number(itemIdentifier) - 100
    expect(from).toBeLessThanOrEqual(13)
    expect(from).toBeGreaterThan(0)
    expect(seen).toEqual(expect.arrayContaining([...Array(from).keys()]))
    expect(warn).toHaveBeenCalledOnce()
  })

  it('never counts records as done that a sink has failed to commit', async () => {
    const committed: number[] = []
    const run = async (source: Source<Row>): Promise<void> => {
      const env = createEnvironment()
      env.fromSource(source, { id: 'rows' }).sinkTo(twoPhased(committed, 6), { id: 'out' })
      await env.execute({ checkpoints: { everyRecords: 2 }, batchSize: 2 })
    }
    const handler = kinesisLambdaHandler({ format: json<Row>(), reportsBatchItemFailures: true }, run)
    const { batchItemFailures } = await handler(eventOf(rows(0, 20)))
    const from = Number(batchItemFailures[0]?.itemIdentifier) - 100
    expect(from).toBe(committed.length)
    expect(committed).toEqual([...Array(from).keys()])
    expect(from).toBeGreaterThan(0)
  })

  it('never counts an aggregate as done that was left in the middle', async () => {
    const { handler } = handlerOf(9)
    const aggregate = await aggregateOf(rows(1, 12).map((data) => ({ key: 'p', data })))
    const answer = await handler(eventOf(['{"n":0}', aggregate, '{"n":12}']))
    expect(['100', '101']).toContain(answer.batchItemFailures[0]?.itemIdentifier)
  })

  it('throws where the mapping does not report single failures: the whole batch comes again', async () => {
    const { handler } = handlerOf(3, false)
    await expect(handler(eventOf(rows(0, 5)))).rejects.toMatchObject({ code: 'CORE_USER_FUNCTION_FAILED' })
  })

  it('goes on within a call where the job restarts', async () => {
    const { seen, handler } = handlerOf(13, true, 1)
    const aggregate = await aggregateOf(rows(4, 16).map((data) => ({ key: 'p', data })))
    expect(await handler(eventOf([...rows(0, 4), aggregate, ...rows(16, 20)]))).toEqual({ batchItemFailures: [] })
    expect(new Set(seen)).toEqual(new Set(Array(20).keys()))
  })

  it.each([
    [{ format: undefined }, 'format is no format'],
    [{ reportsBatchItemFailures: undefined }, 'reportsBatchItemFailures is neither true nor false'],
    [{ stream: 'x' }, 'stream is no option'],
  ])('refuses an option that cannot be (%#)', (options, message) => {
    const all = { format: json(), reportsBatchItemFailures: true, ...options } as never
    expect(() => kinesisLambdaHandler(all, async () => undefined)).toThrow(message)
  })
})
