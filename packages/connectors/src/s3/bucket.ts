import type * as S3 from '@aws-sdk/client-s3'
import type { OperatorMetrics } from '@millrace/core/connector'
import { AwsCalls, type AwsRequest } from '../aws/aws-calls.ts'
import { AwsFault } from '../aws/aws-fault.ts'
import type { ParsedAwsConnection } from '../aws/aws-options.ts'
import { openClient } from '../aws/open-client.ts'
import { MillraceConnectorError } from '../errors.ts'

export type S3Library = typeof S3
export type S3Connection = ParsedAwsConnection<S3.S3Client, S3.S3ClientConfig>

export interface BucketParts {
  /** For errors: `sink 'raw' to bucket 'ward'`. */
  readonly what: string
  readonly bucket: string
  readonly connection: S3Connection
  readonly signal: AbortSignal
  readonly metrics: OperatorMetrics | undefined
}

/** The requests that one sink, source or storage makes of its bucket, tried again where that may help. */
export class Bucket {
  readonly name: string
  readonly what: string
  readonly library: S3Library
  readonly #calls: AwsCalls
  readonly #client: S3.S3Client
  readonly #close: () => void

  static async open(parts: BucketParts): Promise<Bucket> {
    const opened = await openClient({
      package: '@aws-sdk/client-s3',
      load: () => import('@aws-sdk/client-s3'),
      make: (library, config: S3.S3ClientConfig) => new library.S3Client(config),
      connection: parts.connection,
    })
    return new Bucket(parts, opened)
  }

  private constructor(
    parts: BucketParts,
    { library, client, close }: { library: S3Library; client: S3.S3Client; close(): void },
  ) {
    this.name = parts.bucket
    this.what = parts.what
    this.library = library
    this.#client = client
    this.#close = close
    this.#calls = new AwsCalls(parts)
  }

  /** @throws as `AwsCalls.call` does */
  call<R>(
    operation: string,
    request: (client: S3.S3Client, at: Parameters<AwsRequest<R>>[0]) => Promise<R>,
  ): Promise<R> {
    return this.#calls.call(operation, (at) => request(this.#client, at))
  }

  /** What is said of an object; `undefined` where there is none. */
  async head(key: string): Promise<S3.HeadObjectCommandOutput | undefined> {
    const { HeadObjectCommand } = this.library
    try {
      return await this.call('HeadObject', (client, at) =>
        client.send(new HeadObjectCommand({ Bucket: this.name, Key: key }), at),
      )
    } catch (error) {
      if (isFault(error, 'NotFound', 'NoSuchKey')) return undefined
      throw error
    }
  }

  /** An object, whole; `undefined` where there is none. */
  async get(key: string): Promise<{ readonly bytes: Buffer; readonly etag: string } | undefined> {
    const { GetObjectCommand } = this.library
    try {
      return await this.call('GetObject', async (client, at) => {
        const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket: this.name, Key: key }), at)
        return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), etag: ETag as string }
      })
    } catch (error) {
      if (isFault(error, 'NotFound', 'NoSuchKey')) return undefined
      throw error
    }
  }

  /** Every object whose key begins so, in the order of keys. */
  async *list(prefix: string): AsyncGenerator<S3._Object & { readonly Key: string }> {
    const { ListObjectsV2Command } = this.library
    let token: string | undefined
    do {
      const input = { Bucket: this.name, Prefix: prefix, ContinuationToken: token }
      const page = await this.call('ListObjectsV2', (client, at) => client.send(new ListObjectsV2Command(input), at))
      for (const object of page.Contents ?? []) if (object.Key !== undefined) yield { ...object, Key: object.Key }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  /** Every upload under way whose key begins so. */
  async *listUploads(prefix: string): AsyncGenerator<S3.MultipartUpload> {
    const { ListMultipartUploadsCommand } = this.library
    let next: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}
    while (next !== undefined) {
      const input: S3.ListMultipartUploadsCommandInput = { Bucket: this.name, Prefix: prefix, ...next }
      const page: S3.ListMultipartUploadsCommandOutput = await this.call('ListMultipartUploads', (client, at) =>
        client.send(new ListMultipartUploadsCommand(input), at),
      )
      yield* page.Uploads ?? []
      const { NextKeyMarker, NextUploadIdMarker } = page
      next =
        page.IsTruncated === true && NextKeyMarker !== undefined
          ? {
              KeyMarker: NextKeyMarker,
              ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }),
            }
          : undefined
    }
  }

  async abortUpload(key: string, uploadId: string): Promise<void> {
    const { AbortMultipartUploadCommand } = this.library
    try {
      await this.call('AbortMultipartUpload', (client, at) =>
        client.send(new AbortMultipartUploadCommand({ Bucket: this.name, Key: key, UploadId: uploadId }), at),
      )
    } catch (error) {
      if (!isFault(error, 'NoSuchUpload')) throw error
    }
  }

  async remove(key: string): Promise<void> {
    const { DeleteObjectCommand } = this.library
    await this.call('DeleteObject', (client, at) =>
      client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }), at),
    )
  }

  close(): void {
    this.#close()
  }
}

/** Whether the service has refused a request for one of these reasons. */
export function isFault(error: unknown, ...names: readonly string[]): boolean {
  const cause = error instanceof MillraceConnectorError ? error.cause : error
  return cause instanceof AwsFault && names.includes(cause.errorName)
}
