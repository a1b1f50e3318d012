import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis'
import type { SizedEntry } from '../aws/batch-sink-writer.ts'
import { MillraceConnectorError } from '../errors.ts'
import type { MessageCodec } from '../formats/message-format.ts'
import { invalidOption } from '../option-checks.ts'
import type { ParsedKinesisSink } from './sink-options.ts'
import { nameOfStream } from './stream-name.ts'

type EncoderOptions<T> = Pick<ParsedKinesisSink<T>, 'stream' | 'partitionKey' | 'explicitHashKey' | 'maxRecordBytes'>

const LONGEST_KEY = 256
const HASH_KEYS = 2n ** 128n

/** A record as an entry of PutRecords, with its bytes as the service counts them: data and partition key. */
export class KinesisEncoder<T> {
  readonly #options: EncoderOptions<T>
  readonly #codec: MessageCodec<T>
  readonly #topic: string

  constructor(options: EncoderOptions<T>, codec: MessageCodec<T>) {
    this.#options = options
    this.#codec = codec
    this.#topic = nameOfStream(options.stream)
  }

  /** @throws KINESIS_RECORD_TOO_LARGE, CONNECTOR_OPTION_INVALID for a key that is none, and what the format throws */
  encode(record: T): SizedEntry<PutRecordsRequestEntry> | Promise<SizedEntry<PutRecordsRequestEntry>> {
    const data = this.#codec.encode(record, this.#topic)
    if (data instanceof Promise) return data.then((ready) => this.#entryOf(record, ready))
    return this.#entryOf(record, data)
  }

  #entryOf(record: T, data: Buffer): SizedEntry<PutRecordsRequestEntry> {
    const { maxRecordBytes } = this.#options
    const key = this.#keyOf(record)
    const hash = this.#hashOf(record)
    const bytes = data.length + Buffer.byteLength(key)
    if (bytes > maxRecordBytes) {
      const what = `a record has ${bytes} bytes with its key, and the stream takes ${maxRecordBytes}`
      throw new MillraceConnectorError('KINESIS_RECORD_TOO_LARGE', what)
    }
    const entry = { Data: data, PartitionKey: key, ...(hash === undefined ? {} : { ExplicitHashKey: hash }) }
    return { entry, bytes }
  }

  /** What a function gave may be data: it is not shown. */
  #keyOf(record: T): string {
    const key = this.#options.partitionKey(record)
    if (typeof key !== 'string') throw invalidOption('partitionKey', `gave ${typeof key} for a record, not a text`)
    const { length } = key.length > LONGEST_KEY ? [...key] : key
    if (length >= 1 && length <= LONGEST_KEY) return key
    throw invalidOption('partitionKey', `gave a text of ${length} characters for a record, not of 1 to ${LONGEST_KEY}`)
  }

  #hashOf(record: T): string | undefined {
    const hash = this.#options.explicitHashKey?.(record)
    if (hash === undefined) return undefined
    if (typeof hash === 'string' && /^(0|[1-9]\d{0,38})$/.test(hash) && BigInt(hash) < HASH_KEYS) return hash
    throw invalidOption('explicitHashKey', 'gave what is no whole number below 2 ** 128 in decimal digits')
  }
}
