import { randomUUID } from 'node:crypto'
import type { CompletedPart } from '@aws-sdk/client-s3'
import { MillraceConnectorError } from '../errors.ts'
import { type Bucket, isFault } from './bucket.ts'

/** In an object's metadata: which upload has made it. */
const TOKEN = 'millrace-upload'
export const LEAST_PART_BYTES: number = 5 * 1024 * 1024
export const MOST_PARTS = 10_000

/** An upload whose parts are all there: durable, seen by no reader, and to be completed by anyone who has this. Plain data. */
export interface FinishedUpload {
  readonly key: string
  readonly uploadId: string
  readonly token: string
  readonly parts: readonly CompletedPart[]
  readonly bytes: number
  readonly records: number
}

/** One object on its way to the bucket, part by part; nobody sees it before `complete`. */
export class Upload {
  readonly #bucket: Bucket
  readonly #key: string
  readonly #uploadId: string
  readonly #token: string
  /** By their place; those that are under way have none of what the service says of them. */
  readonly #parts: CompletedPart[] = []
  #bytes = 0

  static async begin(bucket: Bucket, key: string, type: UploadType): Promise<Upload> {
    const token = randomUUID()
    const input = {
      Bucket: bucket.name,
      Key: key,
      Metadata: { [TOKEN]: token },
      ContentType: type.contentType,
      ...type.more,
    }
    const { CreateMultipartUploadCommand } = bucket.library
    const { UploadId } = await bucket.call('CreateMultipartUpload', (client, at) =>
      client.send(new CreateMultipartUploadCommand(input), at),
    )
    return new Upload(bucket, key, UploadId as string, token)
  }

  private constructor(bucket: Bucket, key: string, uploadId: string, token: string) {
    this.#bucket = bucket
    this.#key = key
    this.#uploadId = uploadId
    this.#token = token
  }

  /** The next part; others may be under way. All but the last have 5 MiB and more. */
  async add(body: Buffer): Promise<void> {
    const PartNumber = this.#parts.push({})
    const input = { Bucket: this.#bucket.name, Key: this.#key, UploadId: this.#uploadId, PartNumber, Body: body }
    const { UploadPartCommand } = this.#bucket.library
    const answer = await this.#bucket.call('UploadPart', (client, at) => client.send(new UploadPartCommand(input), at))
    // An upload that was begun with checksums is completed with them.
    const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = answer
    const all = { PartNumber, ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 }
    this.#parts[PartNumber - 1] = Object.fromEntries(Object.entries(all).filter(([, held]) => held !== undefined))
    this.#bytes += body.length
  }

  /** Once all parts are up. */
  finished(records: number): FinishedUpload {
    return {
      key: this.#key,
      uploadId: this.#uploadId,
      token: this.#token,
      parts: this.#parts,
      bytes: this.#bytes,
      records,
    }
  }

  abort(): Promise<void> {
    return this.#bucket.abortUpload(this.#key, this.#uploadId)
  }
}

export interface UploadType {
  readonly contentType: string
  readonly more: Readonly<Record<string, unknown>>
}

/**
 * Makes an object visible, whole and once. Can be repeated, also by another process, and after an answer that was lost:
 *
 * ```
 *   done                            now it is visible
 *   no such upload, or key taken    whose is the object?   ours ─► it was visible already
 *                                                          another's, none ─► refused, loudly
 * ```
 *
 * Nothing is ever written over: an object that stands there stays.
 *
 * @throws S3_UPLOAD_LOST, S3_OBJECT_EXISTS, and what `AwsCalls.call` throws
 */
export async function complete(bucket: Bucket, upload: FinishedUpload): Promise<void> {
  const { CompleteMultipartUploadCommand } = bucket.library
  const input = {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.uploadId,
    MultipartUpload: { Parts: [...upload.parts] },
    IfNoneMatch: '*',
  }
  try {
    await bucket.call('CompleteMultipartUpload', (client, at) =>
      client.send(new CompleteMultipartUploadCommand(input), at),
    )
  } catch (error) {
    if (!isFault(error, 'NoSuchUpload', 'PreconditionFailed', 'InvalidPart', 'NoSuchKey', 'NotFound')) throw error
    const object = await bucket.head(upload.key)
    if (object?.Metadata?.[TOKEN] === upload.token) return
    const what = `object '${upload.key}' of ${bucket.what}`
    if (object !== undefined) {
      throw new MillraceConnectorError('S3_OBJECT_EXISTS', `${what} is there already, and is not this upload's`, {
        cause: error,
      })
    }
    const lost = `${upload.records} records in ${upload.bytes} bytes`
    throw new MillraceConnectorError('S3_UPLOAD_LOST', `the upload of ${what}, with ${lost}, is gone or damaged`, {
      cause: error,
    })
  }
}
