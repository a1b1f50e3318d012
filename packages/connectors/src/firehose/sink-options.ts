import type { FirehoseClient, FirehoseClientConfig } from '@aws-sdk/client-firehose'
import {
  AWS_CONNECTION_OPTIONS,
  type AwsConnectionOptions,
  type ParsedAwsConnection,
  parseAwsConnection,
} from '../aws/aws-options.ts'
import { type AwsBatchOptions, type ParsedBatch, parseBatch } from '../aws/batch-options.ts'
import type { MessageFormat } from '../formats/message-format.ts'
import { checkNames, invalidOption } from '../option-checks.ts'

export interface FirehoseSinkOptions<T> extends AwsConnectionOptions<FirehoseClient, FirehoseClientConfig> {
  /** The delivery stream's name. None is created. */
  readonly deliveryStream: string
  readonly format: MessageFormat<T>
  /**
   * What follows each record: the service writes records into objects one behind the other, with nothing between them. Default `'\n'`,
   * which makes lines of JSON.
   */
  readonly delimiter?: string
  /** At most 500 entries and 4 MiB. */
  readonly batch?: AwsBatchOptions
  /** What may wait in memory to be written before the job waits. Default 32 MiB. */
  readonly maxBufferedBytes?: number
}

export interface ParsedFirehoseSink<T> {
  readonly connection: ParsedAwsConnection<FirehoseClient, FirehoseClientConfig>
  readonly deliveryStream: string
  readonly format: MessageFormat<T>
  readonly delimiter: Buffer
  readonly batch: ParsedBatch
}

const MOST = { entries: 500, bytes: 4 * 1024 * 1024 }

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  'deliveryStream',
  'format',
  'delimiter',
  'batch',
  'maxBufferedBytes',
] as const satisfies readonly (keyof FirehoseSinkOptions<unknown>)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseFirehoseSink<T>(options: FirehoseSinkOptions<T>): ParsedFirehoseSink<T> {
  checkNames('', options, NAMES)
  const { deliveryStream, format, delimiter = '\n' } = options
  if (typeof deliveryStream !== 'string' || !/^[\w.-]{1,64}$/.test(deliveryStream)) {
    throw invalidOption('deliveryStream', 'is no name of a delivery stream: 1 to 64 of a-z, A-Z, 0-9, . _ -')
  }
  if (typeof format?.openCodec !== 'function') throw invalidOption('format', 'is no format of messages such as json()')
  if (typeof delimiter !== 'string') throw invalidOption('delimiter', `is ${typeof delimiter}, not a text`)
  return {
    connection: parseAwsConnection(options),
    deliveryStream,
    format,
    delimiter: Buffer.from(delimiter),
    batch: parseBatch(options, MOST),
  }
}
