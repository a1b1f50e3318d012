/**
 * How the bytes of one message (one value in one byte array, as Kafka, Kinesis and SQS carry them) become a value, and
 * back. Immutable and shared; what runs is made by `openCodec`, once a reader or writer.
 */
export interface MessageFormat<T> {
  /** Shown by `explain()`: `json`, `avro`, `bytes`. */
  readonly name: string
  /**
   * Makes what decodes and encodes. A promise where something has to be loaded first (an optional peer).
   *
   * @throws CONNECTOR_PEER_MISSING when the format's library is not installed.
   */
  openCodec(context: CodecContext): MessageCodec<T> | Promise<MessageCodec<T>>
}

export interface CodecContext {
  /** Aborted when the reader or writer closes: ends the codec's requests to other systems, and their waits. */
  readonly signal: AbortSignal
}

/**
 * Decodes and encodes the messages of one reader or writer. What it decodes depends on the bytes alone.
 *
 * Both methods answer at once, but for a message whose schema has to be fetched: the caller awaits a result only where
 * it is a `Promise`, and keeps the order of its messages by doing so before the next.
 */
export interface MessageCodec<T> {
  /**
   * The value, or an `Undecodable` where the bytes are none: bad data is never thrown. The bytes are not kept, unless
   * they are the value. A message without bytes (a tombstone) is the caller's business and never comes here.
   *
   * @throws (or rejects) when the answer is not known for reasons that are not the message's: the message stays good.
   *   FORMAT_REGISTRY_UNREACHABLE, FORMAT_SCHEMA_ASYNC
   */
  decode(bytes: Buffer): Decoded<T> | Promise<Decoded<T>>
  /**
   * The bytes of a value. `topic` is where the message goes (a topic, a stream, a queue): a schema registry files
   * schemas under it.
   *
   * @throws (or rejects) FORMAT_ENCODE_FAILED when the value has no such bytes.
   */
  encode(value: T, topic: string): Buffer | Promise<Buffer>
}

/** A value, or (an instance of the class) the reason why there is none. */
export type Decoded<T> = T | Undecodable

/** Why a message became no value: what a reject says of it. Made of paths and rules, never of the message's values. */
export class Undecodable {
  /** `json-invalid`, `utf8-invalid`, `message-too-long` ... */
  readonly code: string
  readonly reason: string

  constructor(code: string, reason: string) {
    this.code = code
    this.reason = reason
  }
}
