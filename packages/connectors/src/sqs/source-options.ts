import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs'
import type { Duration } from '@millrace/core/connector'
import {
  AWS_CONNECTION_OPTIONS,
  type AwsConnectionOptions,
  type ParsedAwsConnection,
  parseAwsConnection,
} from '../aws/aws-options.ts'
import type { MessageFormat } from '../formats/message-format.ts'
import { checkNames, durationMs, functionOption, invalidOption, oneOf, wholeNumber } from '../option-checks.ts'
import { parseQueueUrl } from './queue-url.ts'

/** What came with a message. */
export interface SqsMessageInfo {
  readonly messageId: string
  /** When it was sent, in ms since 1970 UTC. */
  readonly sentAt: number
  /** How often it has been received, this time too. */
  readonly receiveCount: number
  /** Of a FIFO queue, or of a fair one. */
  readonly groupId: string | undefined
  /** What was sent with it beside its text, by name; a number of more digits than a `number` has loses some. */
  readonly attributes: Readonly<Record<string, string | number | Uint8Array>>
}

export interface SqsSourceOptions<T, R = T> extends AwsConnectionOptions<SQSClient, SQSClientConfig> {
  readonly queueUrl: string
  readonly format: MessageFormat<T>
  /** Makes the record of what the format gives and of what came with it. What it throws fails the job. */
  readonly map?: (value: T, info: SqsMessageInfo) => R
  /** How long a message that was received is hidden from others; it is made longer for as long as the job has it. From 1 s; default 60 s. */
  readonly visibilityTimeout?: Duration
  /** How long a request waits for messages, up to 20 s. Default 20 s. */
  readonly waitTime?: Duration
  /**
   * Messages that were received and not deleted; then no more are asked for before the next checkpoint. At most what the queue allows: 120,000, of a FIFO
   * queue 20,000. Default 10,000.
   */
  readonly maxInFlight?: number
  /** Messages that a request asks for, from 1 to 10. Default 10. */
  readonly maxMessages?: number
  /**
   * What becomes of a message that is none. `reject`, the default: it is rejected, and deleted like others. `dead-letter`: it is left to the
   * queue at once, not read and not deleted, until the queue's redrive policy moves it to its dead-letter queue. The queue must have one.
   */
  readonly poison?: 'reject' | 'dead-letter'
  /** Requests for messages under way while there are some; one while there are none. From 1 to 32; default 4. */
  readonly receivers?: number
}

export interface ParsedSqsSource<T, R> {
  readonly connection: ParsedAwsConnection<SQSClient, SQSClientConfig>
  readonly queueUrl: string
  readonly format: MessageFormat<T>
  readonly map: ((value: T, info: SqsMessageInfo) => R) | undefined
  readonly visibilitySeconds: number
  readonly waitSeconds: number
  readonly maxInFlight: number
  readonly maxMessages: number
  readonly poison: 'reject' | 'dead-letter'
  readonly receivers: number
}

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  ...(['queueUrl', 'format', 'map', 'visibilityTimeout', 'waitTime', 'maxInFlight'] as const),
  ...(['maxMessages', 'poison', 'receivers'] as const),
] as const satisfies readonly (keyof SqsSourceOptions<unknown>)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseSqsSource<T, R>(options: SqsSourceOptions<T, R>): ParsedSqsSource<T, R> {
  checkNames('', options, NAMES)
  const { format } = options
  if (typeof format?.openCodec !== 'function') throw invalidOption('format', 'is no format of messages such as json()')
  const connection = parseAwsConnection(options)
  const waitMs = durationMs('waitTime', options.waitTime ?? '20s', 0, 20_000)
  if (waitMs >= connection.requestTimeoutMs) throw invalidOption('waitTime', 'is no shorter than requestTimeout')
  return {
    connection,
    queueUrl: parseQueueUrl(options.queueUrl),
    format,
    map: functionOption('map', options.map),
    visibilitySeconds: Math.ceil(
      durationMs('visibilityTimeout', options.visibilityTimeout ?? '60s', 1_000, 43_200_000) / 1_000,
    ),
    waitSeconds: Math.floor(waitMs / 1_000),
    maxInFlight: wholeNumber('maxInFlight', options.maxInFlight ?? 10_000, 1, 120_000),
    maxMessages: wholeNumber('maxMessages', options.maxMessages ?? 10, 1, 10),
    poison: oneOf('poison', options.poison ?? 'reject', ['reject', 'dead-letter']),
    receivers: wholeNumber('receivers', options.receivers ?? 4, 1, 32),
  }
}
