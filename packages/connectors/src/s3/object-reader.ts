import type { Reject, SourceBatch, SplitReader } from '@millrace/core/connector'
import type { Decoder, DecoderPosition } from '../formats/format.ts'
import type { Bucket } from './bucket.ts'
import { objectBytes, type PinnedObject, pinned } from './object-bytes.ts'
import type { PieceSizes } from './piece-sizes.ts'
import type { ParsedS3Source } from './source-options.ts'

/** In a checkpoint: the row to go on with, and which object it is a row of. */
export interface ObjectPosition extends DecoderPosition {
  readonly etag: string
}

/** Reads one object piece by piece; keeps a piece, and the row under way. */
export class ObjectReader<T, R> implements SplitReader<R> {
  readonly start?: ObjectPosition
  readonly #object: PinnedObject
  readonly #options: ParsedS3Source<T, R>
  readonly #decoder: Decoder<T>
  readonly #bytes: AsyncGenerator<Buffer>
  readonly #sizes: PieceSizes
  #ended = false

  /** @throws S3_OBJECT_GONE, S3_OBJECT_CHANGED when the object is not what it was at the position. */
  static async open<T, R>(
    bucket: Bucket,
    key: string,
    options: ParsedS3Source<T, R>,
    position: ObjectPosition | undefined,
    sizes: PieceSizes,
  ): Promise<ObjectReader<T, R>> {
    return new ObjectReader(bucket, await pinned(bucket, key, position?.etag), options, position, sizes)
  }

  private constructor(
    bucket: Bucket,
    object: PinnedObject,
    options: ParsedS3Source<T, R>,
    position: ObjectPosition | undefined,
    sizes: PieceSizes,
  ) {
    const { key, etag } = object
    this.#object = object
    this.#options = options
    const hasBegun = position !== undefined && position.offset > 0
    // Its ETag says that it is the same object.
    this.#decoder = options.format.createDecoder({ split: key, checks: false, ...(hasBegun ? { from: position } : {}) })
    const gzip = options.gzip ?? key.endsWith('.gz')
    this.#sizes = sizes
    this.#bytes = objectBytes(bucket, object, { gzip, offset: position?.offset ?? 0, ...sizes.opened() })
    // From the first moment on it is this object, and not one that takes its place before the first batch is used up.
    if (position === undefined) this.start = { offset: 0, line: 0, etag }
  }

  async read(maxRecords: number): Promise<SourceBatch<R> | undefined> {
    for (;;) {
      const batch = this.#take(maxRecords)
      if (batch !== undefined || this.#ended) return batch
      const { value, done } = await this.#bytes.next()
      if (done === true) {
        this.#ended = true
        this.#decoder.end()
      } else this.#decoder.push(value)
    }
  }

  async close(): Promise<void> {
    this.#sizes.closed()
    await this.#bytes.return(undefined)
  }

  #take(maxRecords: number): SourceBatch<R> | undefined {
    const values: T[] = []
    const lines: number[] = []
    const rejects: { before: number; reject: Reject }[] = []
    if (this.#decoder.take(maxRecords, { values, lines, rejects }) === 0) return undefined
    const position: ObjectPosition = { ...this.#decoder.position, etag: this.#object.etag }
    const batch = { values: this.#map(values, lines), position }
    return rejects.length === 0 ? batch : { ...batch, rejects }
  }

  #map(values: readonly T[], lines: readonly number[]): readonly R[] {
    const { map } = this.#options
    // Without `map` the two types are one (see the default of R in `s3Source`).
    if (map === undefined) return values as readonly unknown[] as readonly R[]
    return values.map((value, index) => map(value, { key: this.#object.key, line: lines[index] as number }))
  }
}
