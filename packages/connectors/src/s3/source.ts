import type { Source, SourceContext, SourceReader, Split, SplitReader } from '@millrace/core/connector'
import { Bucket } from './bucket.ts'
import { foldersBetween } from './hour-folder.ts'
import { type ObjectPosition, ObjectReader } from './object-reader.ts'
import { PieceSizes } from './piece-sizes.ts'
import { type ParsedS3Source, parseS3Source, type S3SourceOptions } from './source-options.ts'

/**
 * Reads the objects of the hours from `from` up to, and without, `to`, each a split of its own.
 * Keeps a piece of each, and the next one while it reads (`chunkBytes`). Only folders that were asked for are listed, a whole day, month or year at once.
 *
 * An object is read as it was when its reading began: one that was written over since is refused. Rows that are none become rejects.
 *
 * Metrics: counters `retries`, `throttled`; gauges `inFlight`, `circuitOpen`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, S3_OBJECT_GONE, S3_OBJECT_CHANGED,
 * S3_OBJECT_DAMAGED, AWS_UNREACHABLE, AWS_THROTTLED, AWS_UNAVAILABLE, AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED,
 * CONNECTOR_CALL_TIMED_OUT, and what the format throws.
 */
export function s3Source<T, R = T>(options: S3SourceOptions<T, R>): Source<R> {
  const parsed = parseS3Source(options)
  return {
    kind: 's3',
    bounded: true,
    replayable: true,
    createEnumerator: (context) => ({ discover: () => discovered(parsed, context) }),
    createReader: (context) => new S3Reader(parsed, context),
  }
}

async function discovered<T, R>(options: ParsedS3Source<T, R>, context: SourceContext): Promise<Split[]> {
  const bucket = await openBucket(options, context)
  const { prefix, layout, from, to, extensions } = options
  const splits: Split[] = []
  try {
    for (const folder of foldersBetween(layout, from, to)) {
      for await (const { Key: key } of bucket.list(`${prefix}/${folder}/`)) {
        const isAsked = extensions === undefined || extensions.some((extension) => key.endsWith(extension))
        if (key.endsWith('/') || !isAsked) continue
        splits.push({ id: key })
      }
    }
  } finally {
    bucket.close()
  }
  return splits
}

class S3Reader<T, R> implements SourceReader<R> {
  readonly #options: ParsedS3Source<T, R>
  readonly #context: SourceContext
  readonly #sizes: PieceSizes
  #bucket: Promise<Bucket> | undefined

  constructor(options: ParsedS3Source<T, R>, context: SourceContext) {
    this.#options = options
    this.#sizes = new PieceSizes(options.chunkBytes)
    this.#context = context
  }

  async openSplit({ id }: Split, position: unknown): Promise<SplitReader<R>> {
    this.#bucket ??= openBucket(this.#options, this.#context)
    const bucket = await this.#bucket
    return ObjectReader.open(bucket, id, this.#options, position as ObjectPosition | undefined, this.#sizes)
  }

  async close(): Promise<void> {
    const bucket = await this.#bucket?.catch(() => undefined)
    bucket?.close()
  }
}

function openBucket(
  {
    bucket,
    connection,
  }: { readonly bucket: string; readonly connection: ParsedS3Source<unknown, unknown>['connection'] },
  { operatorId, signal, metrics }: SourceContext,
): Promise<Bucket> {
  return Bucket.open({ what: `source '${operatorId}' of bucket '${bucket}'`, bucket, connection, signal, metrics })
}
