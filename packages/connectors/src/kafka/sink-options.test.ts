import { describe, expect, test } from 'vitest'
import { bytes } from '../formats/bytes.ts'
import { parseKafkaSink } from './sink-options.ts'

const given = { brokers: ['localhost:9092'], topic: 'alarms', format: bytes(), transactionalIdPrefix: 'ward' }

describe('options of a sink', () => {
  test('have defaults', () => {
    expect(parseKafkaSink(given)).toMatchObject({
      delivery: 'exactly-once',
      transactionTimeoutMs: 600_000,
      onLostTransaction: 'fail',
      producer: {
        limits: { bytes: 524_288, records: 10_000 },
        lingerMs: 5,
        maxBufferedBytes: 33_554_432,
        deliveryTimeoutMs: 120_000,
        requestTimeoutMs: 30_000,
        compression: 'none',
      },
    })
  })

  test('need no prefix at least once', () => {
    const { transactionalIdPrefix: _, ...without } = given
    expect(parseKafkaSink({ ...without, delivery: 'at-least-once' }).delivery).toBe('at-least-once')
    expect(() => parseKafkaSink(without)).toThrow("transactionalIdPrefix is needed, unless delivery is 'at-least-once'")
  })

  test.each([
    [{ topic: 'a b' }, "topic is 'a b', no name of a topic"],
    [{ format: {} }, 'format is no format of messages'],
    [{ key: 'id' }, "key is 'id', not a function"],
    [{ partition: 1 }, 'partition is 1, not a function'],
    [{ headers: {} }, 'headers is an object, not a function'],
    [{ timestamp: 0 }, 'timestamp is 0, not a function'],
    [{ tombstone: () => true }, 'tombstone needs key'],
    [{ delivery: 'at-most-once' }, "delivery is 'at-most-once', none of"],
    [{ transactionalIdPrefix: '' }, "transactionalIdPrefix is '', not a text"],
    [{ transactionTimeout: 10 }, 'transactionTimeout is 10, not from 1000'],
    [{ onLostTransaction: 'ignore' }, "onLostTransaction is 'ignore', none of"],
    [{ batch: { bytes: 0 } }, 'batch.bytes is 0'],
    [{ batch: { records: 1.5 } }, 'batch.records is 1.5'],
    [{ batch: { linger: 'long' } }, "batch.linger is 'long', not a duration"],
    [{ batch: { size: 1 } }, 'batch.size is no option'],
    [{ compression: 'zip' }, "compression is 'zip', none of"],
    [{ maxBufferedBytes: -1 }, 'maxBufferedBytes is -1'],
    [{ deliveryTimeout: 0 }, 'deliveryTimeout is 0'],
    [{ acks: 1 }, 'acks is no option'],
    [{ brokers: [] }, 'brokers names no broker'],
  ])('are refused with their path: %j', (wrong, message) => {
    const options = { ...given, ...wrong } as unknown as typeof given
    expect(() => parseKafkaSink(options)).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(() => parseKafkaSink(options)).toThrow(message)
  })
})
