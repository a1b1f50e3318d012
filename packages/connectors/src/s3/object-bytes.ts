import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { MillraceConnectorError, systemCode } from '../errors.ts'
import type { Bucket } from './bucket.ts'
import { isFault } from './bucket.ts'

/** Bytes that go to the decoder at once. */
const GATHERED = 256 * 1024

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

async function* ranges(
  bucket: Bucket,
  { key, etag, size }: PinnedObject,
  from: number,
  reading: ObjectReading,
): AsyncGenerator<Buffer> {
  const { GetObjectCommand } = bucket.library
  for (let at = from; at < size; ) {
    const end = Math.min(size, at + reading.chunkBytes())
    const input = { Bucket: bucket.name, Key: key, IfMatch: etag, Range: `bytes=${at}-${end - 1}` }
    try {
      yield* await bucket.call('GetObject', async (client, options) => {
        const { Body } = await client.send(new GetObjectCommand(input), options)
        return gathered(Body as Readable)
      })
    } catch (error) {
      if (isFault(error, 'PreconditionFailed')) throw changed(key)
      throw isFault(error, 'NoSuchKey', 'NotFound') ? gone(key) : error
    }
    at = end
  }
}

/** Whole, before the first of it is taken; in pieces that a decoder takes up well. */
async function gathered(body: Readable): Promise<readonly Buffer[]> {
  const all: Buffer[] = []
  let chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes < GATHERED) continue
    all.push(Buffer.concat(chunks, bytes))
    chunks = []
    bytes = 0
  }
  if (bytes > 0) all.push(Buffer.concat(chunks, bytes))
  return all
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
