import { NO_TIMESTAMP, type SinkContext, type SinkWriter } from '@millrace/core/connector'
import { describe, expect, it } from 'vitest'
import { ModelKafka, type ModelKafkaOptions } from '../../test/kafka/model-kafka.ts'
import type { MessageFormat } from '../formats/message-format.ts'
import { text } from '../formats/text.ts'
import type { ProduceBatch, RecordToProduce } from './client/kafka-client.ts'
import { partitionOfKey } from './partitioner.ts'
import { kafkaSink } from './sink.ts'
import type { KafkaSinkOptions } from './sink-options.ts'

const context: SinkContext = { operatorId: 'out', signal: new AbortController().signal, restored: false }

interface Given {
  readonly options?: Partial<KafkaSinkOptions<string>>
  readonly model?: Partial<ModelKafkaOptions>
  readonly context?: Partial<SinkContext>
}

async function setUp(given: Given = {}) {
  const kafka = new ModelKafka({ topics: { out: 3, other: 1 }, ...given.model })
  const sink = kafkaSink<string>({
    brokers: ['model:1'],
    client: { name: 'model', create: async () => kafka.client() },
    topic: 'out',
    format: text(),
    delivery: 'at-least-once',
    transactionalIdPrefix: 'job',
    retryFor: 50,
    ...given.options,
  })
  const open = async (): Promise<SinkWriter<string>> => sink.open({ ...context, ...given.context })
  /** What is written of these records. */
  const write = async (values: readonly string[], timestamps = values.map(() => 0)): Promise<ProduceBatch[]> => {
    const writer = await open()
    await writer.recover?.([], undefined)
    await writer.write(values, timestamps)
    await writer.prepareCommit?.(1)
    await writer.close?.()
    return kafka.produced.flatMap(({ batches }) => batches)
  }
  const records = async (values: readonly string[], timestamps?: number[]): Promise<RecordToProduce[]> =>
    (await write(values, timestamps)).flatMap((batch) => batch.records)
  return { kafka, open, write, records }
}

describe('what a sink makes of a record', () => {
  it('goes to the partition of its key, as text or as bytes', async () => {
    const { write } = await setUp({ options: { key: (value) => (value === 'b' ? Buffer.from('b') : value) } })
    for (const { partition, records } of await write(['a', 'b', 'c', 'd', 'e'])) {
      for (const { key } of records) expect(partitionOfKey(key as Buffer, 3)).toBe(partition)
    }
  })

  it('goes to the partition that the function chooses, which has to be one', async () => {
    const { write } = await setUp({ options: { partition: (value, count) => (value === 'x' ? count : 2) } })
    expect((await write(['a', 'b'])).map(({ partition }) => partition)).toEqual([2])
    await expect(write(['a', 'x'])).rejects.toThrow('partition gave for a record what is no whole number from 0 to 2')
  })

  it('without a key goes with others, a batch to a partition', async () => {
    const { write } = await setUp({ options: { batch: { records: 4 } } })
    const written = await write(Array.from({ length: 12 }, (_, n) => String(n)))
    expect(written.map(({ records }) => records.length)).toEqual([4, 4, 4])
    expect(new Set(written.map(({ partition }) => partition)).size).toBe(3)
  })

  it('has the event time as its timestamp, the clock where it has none, and what the function says', async () => {
    const byDefault = await setUp()
    const before = Date.now()
    const [first, second, third] = await byDefault.records(['a', 'b', 'c'], [1_234.9, NO_TIMESTAMP, -5])
    expect([first?.timestamp, third?.timestamp]).toEqual([1_234, 0])
    expect(second?.timestamp).toBeGreaterThanOrEqual(before)
    const chosen = await setUp({ options: { timestamp: (value) => Number(value) } })
    expect((await chosen.records(['7'])).map(({ timestamp }) => timestamp)).toEqual([7])
    const refused: Error = await chosen.records(['87.130917']).catch((error) => error)
    expect(refused.message).toContain('timestamp gave for a record what is no whole number')
    expect(refused.message).not.toContain('87')
  })

  it('has headers by name, or in their order with a name more than once', async () => {
    const byName = await setUp({ options: { headers: (value) => ({ ward: value, raw: new Uint8Array([1]) }) } })
    expect((await byName.records(['3a'])).map(({ headers }) => headers)).toEqual([
      [
        ['ward', Buffer.from('3a')],
        ['raw', Buffer.from([1])],
      ],
    ])
    const pairs = [
      ['step', '1'],
      ['step', '2'],
    ] as const
    const inOrder = await setUp({ options: { headers: () => pairs } })
    expect((await inOrder.records(['a']))[0]?.headers.map(([name, value]) => [name, String(value)])).toEqual(pairs)
    const wrong = await setUp({ options: { headers: () => ({ ward: 3 }) as never } })
    await expect(wrong.write(['a'])).rejects.toThrow("headers['ward'] is number for a record")
  })

  it('has no value where it is a tombstone, which needs a key', async () => {
    const options = { key: (value: string) => value || undefined, tombstone: (value: string) => value !== 'kept' }
    const { records, write } = await setUp({ options })
    expect((await records(['kept', 'gone'])).map(({ value }) => value)).toEqual(
      expect.arrayContaining([Buffer.from('kept'), undefined]),
    )
    await expect(write([''])).rejects.toThrow('key gave none for a record that is a tombstone')
  })

  it('goes to the topic that the function names, which has to be a name and to be there', async () => {
    const { write } = await setUp({ options: { topic: (value) => value } })
    expect(new Set((await write(['out', 'other', 'out'])).map(({ topic }) => topic))).toEqual(new Set(['out', 'other']))
    const refused = await write(['bed 12']).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'CONNECTOR_OPTION_INVALID' })
    expect((refused as Error).message).not.toContain('bed')
    await expect(write(['missing'])).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING' })
  })

  it('keeps its place where the format has to wait for some', async () => {
    const format: MessageFormat<string> = {
      name: 'slow',
      openCodec: () => ({
        decode: String,
        encode: (value) => (value < 'c' ? Promise.resolve(Buffer.from(value)) : Buffer.from(value)),
      }),
    }
    const { records } = await setUp({ options: { format, partition: () => 0 } })
    expect((await records(['a', 'c', 'b', 'd', 'a'])).map(({ value }) => String(value))).toEqual([...'acbda'])
  })
})

describe('a sink, before its first record', () => {
  it('fails where its topic is missing', async () => {
    const { open } = await setUp({ options: { topic: 'missing' } })
    await expect(open()).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING' })
  })

  it('fails within the time for a connection where no broker answers', async () => {
    const { kafka, open } = await setUp({ options: { connectTimeout: 100, retryFor: '1h' } })
    kafka.plan = () => ({ fault: 'UNREACHABLE' })
    await expect(open()).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE', retryable: true })
  })

  it('refuses checkpoints that come too late for its transactions, or never', async () => {
    const options = { delivery: 'exactly-once', transactionTimeout: '1m' } as const
    const opened = async (of: Partial<SinkContext>): Promise<unknown> => {
      const { open } = await setUp({ options, context: of })
      return open().then(
        () => 'opened',
        (error: { code?: string }) => error.code,
      )
    }
    expect(await opened({ checkpointEveryMs: 49_999, bounded: false })).toBe('opened')
    expect(await opened({ checkpointEveryMs: 50_000, bounded: true })).toBe('KAFKA_TRANSACTION_TIMEOUT_INVALID')
    expect(await opened({ bounded: false })).toBe('KAFKA_TRANSACTION_TIMEOUT_INVALID')
    expect(await opened({ bounded: true })).toBe('opened')
  })

  it('refuses a time-out that the brokers do not allow', async () => {
    const { write } = await setUp({ options: { delivery: 'exactly-once', transactionTimeout: '1h' } })
    await expect(write(['a'])).rejects.toMatchObject({ code: 'KAFKA_TRANSACTION_TIMEOUT_INVALID' })
  })
})

describe('a sink that closes', () => {
  it('aborts what no checkpoint can count on, and leaves what is prepared', async () => {
    const { kafka, open } = await setUp({ options: { delivery: 'exactly-once' } })
    const writer = await open()
    await writer.recover?.([], undefined)
    await writer.write(['a'], [0])
    const prepared = await writer.prepareCommit?.(1)
    await writer.write(['b'], [0])
    await expect.poll(() => kafka.transactions.open).toBe(2)
    await writer.close?.()
    expect(kafka.transactions.open).toBe(1)
    const successor = await open()
    await successor.recover?.([prepared], undefined)
    expect(kafka.readAll()).toEqual(['a'])
  })
})
