import { describe, expect, test } from 'vitest'
import { bytes } from '../formats/bytes.ts'
import { parseKafkaSource } from './source-options.ts'

const given = { brokers: ['localhost:9092'], topic: 'vitals', format: bytes() }

describe('options of a source', () => {
  test('have defaults', () => {
    expect(parseKafkaSource(given)).toMatchObject({
      topics: ['vitals'],
      start: 'earliest',
      isolation: 'read_committed',
      onLostRecords: 'fail',
      connection: {
        connection: { clientId: 'millrace', tls: false, connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 },
      },
    })
  })

  test.each([
    [{ brokers: [] }, 'brokers names no broker'],
    [{ brokers: ['localhost'] }, "brokers[0] is 'localhost', not host:port"],
    [{ brokers: ['a:1', 'b:2,c:3'] }, 'brokers[1]'],
    [{ topic: '' }, 'topic is'],
    [{ topic: [] }, 'topic names no topic'],
    [{ topic: ['a', 'a'] }, 'topic[1] names a twice'],
    [{ topic: 'a b' }, "topic is 'a b', no name of a topic"],
    [{ format: undefined }, 'format is no format of messages'],
    [{ start: 'newest' }, "start is 'newest', none of 'earliest', 'latest', 'group'"],
    [{ start: 'group' }, "start is 'group', and there is no groupId"],
    [{ start: { timestamp: -1 } }, 'start.timestamp is -1'],
    [{ end: { offsets: {} } }, 'end.offsets names no split'],
    [{ end: { offsets: { 'vitals-0': 1.5 } } }, "end.offsets['vitals-0'] is 1.5"],
    [{ fetch: { maxWait: 'soon' } }, "fetch.maxWait is 'soon', not a duration"],
    [{ fetch: { byte: 1 } }, 'fetch.byte is no option'],
    [{ topics: 'vitals' }, 'topics is no option'],
    [{ clientId: '' }, "clientId is '', not a text"],
    [{ map: 5 }, 'map is 5, not a function'],
    [{ sasl: { mechanism: 'md5' } }, "sasl.mechanism is 'md5'"],
    [{ sasl: { mechanism: 'plain', username: 'nurse' } }, 'sasl.password is no text'],
  ])('%o is refused with its path', (wrong, message) => {
    const options = { ...given, ...wrong } as unknown as Parameters<typeof parseKafkaSource>[0]
    expect(() => parseKafkaSource(options)).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(() => parseKafkaSource(options)).toThrow(message)
  })

  test('that are wrong show no secret', () => {
    const sasl = { mechanism: 'plain', username: 7, password: 'hunter2' } as never
    expect(() => parseKafkaSource({ ...given, sasl })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})
