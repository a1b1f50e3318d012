import type { SNSClient, SNSClientConfig } from '@aws-sdk/client-sns'
import {
  AWS_CONNECTION_OPTIONS,
  type AwsConnectionOptions,
  type ParsedAwsConnection,
  parseAwsConnection,
} from '../aws/aws-options.ts'
import { type AwsBatchOptions, type ParsedBatch, parseBatch } from '../aws/batch-options.ts'
import type { Template } from '../formats/template.ts'
import { checkNames, functionOption, invalidOption } from '../option-checks.ts'

/** What a filter policy can ask about; a list is one of texts. */
export type SnsAttributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export interface SnsSinkOptions<T> extends AwsConnectionOptions<SNSClient, SNSClientConfig> {
  /** The topic. None is created. */
  readonly topicArn: string
  /** What subscribers get: a `template` names each field that it lets out. */
  readonly message: Template<T>
  /** What a subscriber by SMS gets in its place; the service sends 1,600 characters of it at most. */
  readonly sms?: Template<T>
  /** What a subscriber by e-mail gets in its place. */
  readonly email?: Template<T>
  /** Of e-mails: at most 100 ASCII characters in one line. */
  readonly subject?: Template<T>
  /** For the subscribers' filter policies. They are seen by every subscriber: no patient's data. */
  readonly attributes?: (record: T) => SnsAttributes
  /** Of a FIFO topic, and needed there: messages of a group keep their order, such as a patient's or a bed's. */
  readonly groupId?: (record: T) => string
  /**
   * Of a FIFO topic, and needed there: a message with the id of one of the last five minutes is not sent again. Take the identity of what
   * it tells (an alarm's id), never anything that differs the second time.
   */
  readonly deduplicationId?: (record: T) => string
  /** At most 10 entries, and 256 KiB with their attributes. */
  readonly batch?: AwsBatchOptions
  /** What may wait in memory to be written before the job waits. Default 32 MiB. */
  readonly maxBufferedBytes?: number
}

export interface ParsedSnsSink<T> {
  readonly connection: ParsedAwsConnection<SNSClient, SNSClientConfig>
  readonly topicArn: string
  readonly isFifo: boolean
  readonly message: Template<T>
  readonly sms: Template<T> | undefined
  readonly email: Template<T> | undefined
  readonly subject: Template<T> | undefined
  readonly attributes: ((record: T) => SnsAttributes) | undefined
  readonly groupId: ((record: T) => string) | undefined
  readonly deduplicationId: ((record: T) => string) | undefined
  readonly batch: ParsedBatch
}

export const MOST_BYTES: number = 256 * 1024
const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  ...(['topicArn', 'message', 'sms', 'email', 'subject', 'attributes', 'groupId', 'deduplicationId'] as const),
  ...(['batch', 'maxBufferedBytes'] as const),
] as const satisfies readonly (keyof SnsSinkOptions<unknown>)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseSnsSink<T>(options: SnsSinkOptions<T>): ParsedSnsSink<T> {
  checkNames('', options, NAMES)
  const { topicArn, message, groupId, deduplicationId } = options
  if (typeof topicArn !== 'string' || !/^arn:[\w-]+:sns:[\w-]+:\d*:[\w-]{1,256}(\.fifo)?$/.test(topicArn)) {
    throw invalidOption('topicArn', 'is no ARN of a topic')
  }
  const isFifo = topicArn.endsWith('.fifo')
  if (isFifo !== (groupId !== undefined) || isFifo !== (deduplicationId !== undefined)) {
    const what = isFifo ? 'are needed for a FIFO topic' : 'go with a FIFO topic only'
    throw invalidOption('groupId and deduplicationId', what)
  }
  if (message === undefined) throw invalidOption('message', 'is no template')
  for (const name of ['message', 'sms', 'email', 'subject'] as const) {
    const given = options[name]
    if (given !== undefined && typeof given?.render !== 'function') throw invalidOption(name, 'is no template')
  }
  return {
    connection: parseAwsConnection(options),
    topicArn,
    isFifo,
    message,
    sms: options.sms,
    email: options.email,
    subject: options.subject,
    attributes: functionOption('attributes', options.attributes),
    groupId: functionOption('groupId', groupId),
    deduplicationId: functionOption('deduplicationId', deduplicationId),
    batch: parseBatch(options, { entries: 10, bytes: MOST_BYTES }),
  }
}
