import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs'
import {
  AWS_CONNECTION_OPTIONS,
  type AwsConnectionOptions,
  type ParsedAwsConnection,
  parseAwsConnection,
} from '../aws/aws-options.ts'
import { type AwsBatchOptions, type ParsedBatch, parseBatch } from '../aws/batch-options.ts'
import type { MessageFormat } from '../formats/message-format.ts'
import { checkNames, functionOption, invalidOption, wholeNumber } from '../option-checks.ts'
import { isFifoQueue, parseQueueUrl } from './queue-url.ts'

/** By name. Numbers are sent as such, booleans as text; what is `undefined` is left out. */
export type SqsAttributes = Readonly<Record<string, string | number | boolean | Uint8Array | undefined>>

export interface SqsSinkOptions<T> extends AwsConnectionOptions<SQSClient, SQSClientConfig> {
  /** The queue. None is created. */
  readonly queueUrl: string
  /** What makes text: a queue carries no other bytes. */
  readonly format: MessageFormat<T>
  /** What goes with a message beside its text, at most 10. They count as its bytes do. */
  readonly attributes?: (record: T) => SqsAttributes
  /**
   * Needed for a FIFO queue, where messages of a group keep their order. Of another one it is whose messages they are, so that a group with
   * many does not hold up the others (a fair queue).
   */
  readonly groupId?: (record: T) => string
  /** Of a FIFO queue, and needed there: a message with the id of one of the last five minutes is not taken again. */
  readonly deduplicationId?: (record: T) => string
  /** How many seconds a message is held back, up to 900; not of a FIFO queue. */
  readonly delaySeconds?: (record: T) => number | undefined
  /** At most 10 entries, and 1 MiB together. */
  readonly batch?: AwsBatchOptions
  /** What may wait in memory to be written before the job waits. Default 32 MiB. */
  readonly maxBufferedBytes?: number
  /** The queue's own limit for a message with its attributes. Default 256 KiB; at most 1 MiB where the queue has been set to it. */
  readonly maxMessageBytes?: number
}

export interface ParsedSqsSink<T> {
  readonly connection: ParsedAwsConnection<SQSClient, SQSClientConfig>
  readonly queueUrl: string
  readonly isFifo: boolean
  readonly format: MessageFormat<T>
  readonly attributes: ((record: T) => SqsAttributes) | undefined
  readonly groupId: ((record: T) => string) | undefined
  readonly deduplicationId: ((record: T) => string) | undefined
  readonly delaySeconds: ((record: T) => number | undefined) | undefined
  readonly batch: ParsedBatch
  readonly maxMessageBytes: number
}

const KIB = 1024
const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  ...(['queueUrl', 'format', 'attributes', 'groupId', 'deduplicationId', 'delaySeconds'] as const),
  ...(['batch', 'maxBufferedBytes', 'maxMessageBytes'] as const),
] as const satisfies readonly (keyof SqsSinkOptions<unknown>)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseSqsSink<T>(options: SqsSinkOptions<T>): ParsedSqsSink<T> {
  checkNames('', options, NAMES)
  const { format, groupId, deduplicationId, delaySeconds } = options
  if (typeof format?.openCodec !== 'function') throw invalidOption('format', 'is no format of messages such as json()')
  const queueUrl = parseQueueUrl(options.queueUrl)
  const isFifo = isFifoQueue(queueUrl)
  if (isFifo && (groupId === undefined || deduplicationId === undefined))
    throw invalidOption('groupId and deduplicationId', 'are needed for a FIFO queue')
  if (!isFifo && deduplicationId !== undefined) throw invalidOption('deduplicationId', 'goes with a FIFO queue only')
  if (isFifo && delaySeconds !== undefined)
    throw invalidOption('delaySeconds', 'goes with a queue that is not FIFO only')
  const most = options.maxMessageBytes ?? 256 * KIB
  const maxMessageBytes = wholeNumber('maxMessageBytes', most, 1, 1024 * KIB)
  return {
    connection: parseAwsConnection(options),
    queueUrl,
    isFifo,
    format,
    attributes: functionOption('attributes', options.attributes),
    groupId: functionOption('groupId', groupId),
    deduplicationId: functionOption('deduplicationId', deduplicationId),
    delaySeconds: functionOption('delaySeconds', delaySeconds),
    batch: parseBatch(options, { entries: 10, bytes: 1024 * KIB }),
    maxMessageBytes,
  }
}
