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
  [{ deduplicationId: id }, 'deduplicationId goes with a FIFO queue only'],
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
  [{ maxMessages: 11 }, 'maxMessages is 11'],
  [{ receivers: 0 }, 'receivers is 0'],
  [{ poison: 'ignore' }, 'poison is'],
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

it.each([
  [() => ({ ...Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`a${n}`, n])) }), 'attributes gave 11'],
  [() => ({ ward: '' }), "attributes gave for 'ward' what is no text"],
  [() => ({ ward: ['3'] as never }), "attributes gave for 'ward' what is no text"],
  [() => ({ 'aws ward': 'x' }), 'attributes gave a name that is none'],
])('an SQS sink refuses attributes that a message cannot have (%#)', async (attributes, message) => {
  const writer = await sqsSink<string>({ queueUrl, format: text(), config, attributes }).open(context)
  expect(() => writer.write(['x'], [0])).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
  expect(() => writer.write(['x'], [0])).toThrow(message)
  await writer.close?.()
})

it('an SQS sink counts attributes as a part of a message', async () => {
  const attributes = () => ({ w: 'abc' })
  const writer = await sqsSink<string>({ queueUrl, format: text(), config, attributes, maxMessageBytes: 19 }).open(
    context,
  )
  // 10 of text, 1 of the name, 6 of the type 'String', 3 of the value.
  expect(() => writer.write(['0123456789'], [0])).toThrow(expect.objectContaining({ code: 'SQS_MESSAGE_TOO_LARGE' }))
  await writer.close?.()
})
