import type { MessageAttributeValue, PublishBatchRequestEntry } from '@aws-sdk/client-sns'
import type { SizedEntry } from '../aws/batch-sink-writer.ts'
import { checkedFifoId } from '../aws/fifo-id.ts'
import { MillraceConnectorError } from '../errors.ts'
import { invalidOption } from '../option-checks.ts'
import { MOST_BYTES, type ParsedSnsSink, type SnsAttributes } from './sink-options.ts'

/** A message without its place in a batch. */
export type SnsMessage = Omit<PublishBatchRequestEntry, 'Id'>

/**
 * A record as a message, with its bytes as the service counts them: text and attributes.
 *
 * @throws SNS_MESSAGE_INVALID, SNS_MESSAGE_TOO_LARGE, CONNECTOR_OPTION_INVALID for what a function should not give, FORMAT_ENCODE_FAILED
 */
export function snsMessage<T>(options: ParsedSnsSink<T>, record: T): SizedEntry<SnsMessage> {
  const { message, sms, email, subject, attributes, groupId, deduplicationId } = options
  const text = message.render(record)
  const byProtocol = {
    ...(sms === undefined ? {} : { sms: sms.render(record) }),
    ...(email === undefined ? {} : { email: email.render(record) }),
  }
  const isByProtocol = Object.keys(byProtocol).length > 0
  const body = isByProtocol ? JSON.stringify({ default: text, ...byProtocol }) : text
  if (body === '' || text === '') throw new MillraceConnectorError('SNS_MESSAGE_INVALID', 'a message is empty')
  const given = attributes === undefined ? undefined : messageAttributes(attributes(record))
  const bytes = Buffer.byteLength(body) + (given === undefined ? 0 : bytesOf(given))
  if (bytes > MOST_BYTES) {
    const what = `a message has ${bytes} bytes with its attributes, and the service takes ${MOST_BYTES}`
    throw new MillraceConnectorError('SNS_MESSAGE_TOO_LARGE', what)
  }
  const entry: SnsMessage = {
    Message: body,
    ...(isByProtocol ? { MessageStructure: 'json' } : {}),
    ...(subject === undefined ? {} : { Subject: checkedSubject(subject.render(record)) }),
    ...(given === undefined ? {} : { MessageAttributes: given }),
    ...(groupId === undefined ? {} : { MessageGroupId: checkedFifoId('groupId', groupId(record)) }),
    ...(deduplicationId === undefined
      ? {}
      : { MessageDeduplicationId: checkedFifoId('deduplicationId', deduplicationId(record)) }),
  }
  return { entry, bytes }
}

function checkedSubject(subject: string): string {
  if (/^[!-~][ -~]{0,99}$/.test(subject)) return subject
  const what = 'a subject is not 1 to 100 ASCII characters in one line'
  throw new MillraceConnectorError('SNS_MESSAGE_INVALID', what)
}

function messageAttributes(attributes: SnsAttributes): Record<string, MessageAttributeValue> {
  const entries = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [[checkedName(name), attributeOf(name, value)] as const],
  )
  return Object.fromEntries(entries)
}

function checkedName(name: string): string {
  if (/^(?!.*\.\.)[A-Za-z0-9_-][\w.-]{0,254}[A-Za-z0-9_-]$|^[A-Za-z0-9_-]$/.test(name)) return name
  throw invalidOption('attributes', 'gave a name that is none: 1 to 256 of a-z, A-Z, 0-9, . _ -')
}

function attributeOf(name: string, value: unknown): MessageAttributeValue {
  if (typeof value === 'string' && value !== '') return { DataType: 'String', StringValue: value }
  if (typeof value === 'number' && Number.isFinite(value)) return { DataType: 'Number', StringValue: String(value) }
  if (typeof value === 'boolean') return { DataType: 'String', StringValue: String(value) }
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) {
    return { DataType: 'String.Array', StringValue: JSON.stringify(value) }
  }
  throw invalidOption('attributes', `gave for '${name}' what is no text, finite number, boolean or list of texts`)
}

function bytesOf(attributes: Readonly<Record<string, MessageAttributeValue>>): number {
  let bytes = 0
  for (const [name, { DataType = '', StringValue = '' }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + DataType.length + Buffer.byteLength(StringValue)
  }
  return bytes
}
