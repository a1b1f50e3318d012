import type { PublishBatchRequestEntry } from '@aws-sdk/client-sns'
import type { SizedEntry } from '../aws/batch-sink-writer.ts'
import { checkedFifoId } from '../aws/fifo-id.ts'
import { attributeBytes, messageAttributes } from '../aws/message-attributes.ts'
import { MillraceConnectorError } from '../errors.ts'
import { MOST_BYTES, type ParsedSnsSink } from './sink-options.ts'

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
  const given = attributes === undefined ? undefined : messageAttributes(attributes(record), { lists: true })
  const bytes = Buffer.byteLength(body) + (given === undefined ? 0 : attributeBytes(given))
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
