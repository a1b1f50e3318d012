import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { MillraceConnectorError, systemCode } from '../errors.ts'
import type { Bucket } from './bucket.ts'
import { isFault } from './bucket.ts'

/** An object as it was when its reading began. */
export interface PinnedObject {
  readonly key: string
  readonly etag: string
  /** As stored. */
  readonly size: number
}

export interface ObjectReading {
  readonly gzip: boolean
  /** Of the bytes as they are read, after decompression. */
  readonly offset: number
  /** How much is asked for next. */
  chunkBytes(): number
  /** Whether a piece may be asked for while the one before is being read. */
  readsAhead(): boolean
}

/**
 * The bytes of an object from an offset on, asked for piece by piece: no connection waits for a slow job. What is compressed is read
 * from its beginning, and skipped.
 *
 * @throws S3_OBJECT_CHANGED, S3_OBJECT_GONE, S3_OBJECT_DAMAGED, and what `AwsCalls.call` throws
 */
export function objectBytes(bucket: Bucket, object: PinnedObject, reading: ObjectReading): AsyncGenerator<Buffer> {
  return reading.gzip ? unzipped(bucket, object, reading) : ranges(bucket, object, reading.offset, reading)
}

/** Looks at an object. @throws S3_OBJECT_GONE, and S3_OBJECT_CHANGED where it is not what it was */
export async function pinned(bucket: Bucket, key: string, etag?: string): Promise<PinnedObject> {
  const head = await bucket.head(key)
  if (head === undefined) throw gone(key)
  if (etag !== undefined && head.ETag !== etag) throw changed(key)
  return { key, etag: head.ETag as string, size: head.ContentLength ?? 0 }
}

/** The next piece is asked for when half of one is read: so a job that reads on need not wait, and one that does not keeps one piece. */
async function* ranges(
  bucket: Bucket,
  object: PinnedObject,
  from: number,
  reading: ObjectReading,
): AsyncGenerator<Buffer> {
  let at = from
  const ask = (): Promise<readonly Buffer[]> => {
    const start = at
    at = Math.min(object.size, start + reading.chunkBytes())
    const piece = pieceOf(bucket, object, start, at)
    // What fails is told where it is awaited.
    piece.catch(() => undefined)
    return piece
  }
  let next: Promise<readonly Buffer[]> | undefined
  try {
    while (next !== undefined || at < object.size) {
      const chunks: readonly Buffer[] = await (next ?? ask())
      next = undefined
      for (const [index, chunk] of chunks.entries()) {
        if (index === chunks.length >> 1 && at < object.size && reading.readsAhead()) next = ask()
        yield chunk
      }
    }
  } finally {
    await next?.catch(() => undefined)
  }
}

/** In chunks as they arrived; whole, before the first of it is taken. */
async function pieceOf(
  bucket: Bucket,
  { key, etag }: PinnedObject,
  start: number,
  end: number,
): Promise<readonly Buffer[]> {
  const { GetObjectCommand } = bucket.library
  const input = { Bucket: bucket.name, Key: key, IfMatch: etag, Range: `bytes=${start}-${end - 1}` }
  try {
    return await bucket.call('GetObject', async (client, options) => {
      const { Body } = await client.send(new GetObjectCommand(input), options)
      const chunks: Buffer[] = []
      for await (const chunk of Body as AsyncIterable<Buffer>) chunks.push(chunk)
      return chunks
    })
  } catch (error) {
    if (isFault(error, 'PreconditionFailed')) throw changed(key)
    throw isFault(error, 'NoSuchKey', 'NotFound') ? gone(key) : error
  }
}

async function* unzipped(bucket: Bucket, object: PinnedObject, reading: ObjectReading): AsyncGenerator<Buffer> {
  if (object.size === 0) return
  let skip = reading.offset
  const stored = Readable.from(ranges(bucket, object, 0, reading), { objectMode: false })
  // What fails comes out of the loop below.
  const unzipping = pipeline(stored, createGunzip(), () => undefined)
  try {
    for await (const chunk of unzipping as AsyncIterable<Buffer>) {
      if (skip < chunk.length) yield chunk.subarray(skip)
      skip = Math.max(0, skip - chunk.length)
    }
  } catch (cause) {
    if (!systemCode(cause).startsWith('Z_')) throw cause
    throw new MillraceConnectorError('S3_OBJECT_DAMAGED', `${object.key} is not what gzip makes`, { cause })
  }
}

function gone(key: string): MillraceConnectorError {
  return new MillraceConnectorError('S3_OBJECT_GONE', `${key} is not there any more`)
}

function changed(key: string): MillraceConnectorError {
  return new MillraceConnectorError('S3_OBJECT_CHANGED', `${key} was written over since its reading began`)
}
