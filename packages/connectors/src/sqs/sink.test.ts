import { expect, it } from 'vitest'
import { bytes } from '../formats/bytes.ts'
import { text } from '../formats/text.ts'
import { sqsSink } from './sink.ts'
import { sqsSource } from './source.ts'

const queueUrl = 'http://127.0.0.1:9/1/readings'
const config = { region: 'us-east-1', endpoint: 'http://127.0.0.1:9' }
const context = { operatorId: 'low', signal: new AbortController().signal, restored: false }
const id = (): string => 'x'

it.each([
  [{ queueUrl: 'readings' }, 'queueUrl is no URL'],
  [{ format: undefined }, 'format is no format'],
  [{ groupId: id }, 'groupId and deduplicationId go with a FIFO queue only'],
  [{ queueUrl: `${queueUrl}.fifo` }, 'groupId and deduplicationId are needed'],
  [{ queueUrl: `${queueUrl}.fifo`, groupId: id, deduplicationId: id, delaySeconds: () => 1 }, 'delaySeconds goes with'],
  [{ batch: { entries: 11 } }, 'batch.entries is 11'],
  [{ maxMessageBytes: 1_048_577 }, 'maxMessageBytes is 1048577'],
  [{ queue: 'x' }, 'queue is no option'],
])('an SQS sink refuses an option that cannot be (%#)', (options, message) => {
  const make = () => sqsSink({ queueUrl, format: text(), ...(options as object) } as never)
  expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
  expect(make).toThrow(message)
})

it.each([
  [{ visibilityTimeout: 999 }, 'visibilityTimeout is 999'],
  [{ waitTime: '21s' }, "waitTime is '21s'"],
  [{ waitTime: '10s', requestTimeout: '10s' }, 'waitTime is no shorter than requestTimeout'],
  [{ maxInFlight: 120_001 }, 'maxInFlight is 120001'],
  [{ queue: 'x' }, 'queue is no option'],
])('an SQS source refuses an option that cannot be (%#)', (options, message) => {
  const make = () => sqsSource({ queueUrl, format: text(), ...(options as object) } as never)
  expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
  expect(make).toThrow(message)
})

it.each([
  [Buffer.from(''), 'SQS_MESSAGE_INVALID'],
  [Buffer.from([0xc3]), 'SQS_MESSAGE_INVALID'],
  [Buffer.from('bell \u0007'), 'SQS_MESSAGE_INVALID'],
  [Buffer.from('\uFFFE'), 'SQS_MESSAGE_INVALID'],
  [Buffer.alloc(256 * 1024 + 1, 'x'), 'SQS_MESSAGE_TOO_LARGE'],
])('an SQS sink refuses a message that a queue does not take (%#)', async (message, code) => {
  const writer = await sqsSink({ queueUrl, format: bytes(), config }).open(context)
  expect(() => writer.write([message], [0])).toThrow(expect.objectContaining({ code }))
  await writer.close?.()
})
