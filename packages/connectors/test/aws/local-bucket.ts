import { gunzipSync } from 'node:zlib'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { clientConfig } from './client-config.ts'

let buckets = 0

/** For the constructor of an S3 client before a peer. */
export function s3Config(endpoint: string) {
  return { ...clientConfig(endpoint), forcePathStyle: true }
}

/** A bucket of a test's own, and what a reader sees in it. */
export class LocalBucket {
  readonly name: string
  readonly client: S3Client

  private constructor(name: string, client: S3Client) {
    this.name = name
    this.client = client
  }

  static async create(endpoint: string): Promise<LocalBucket> {
    const bucket = LocalBucket.named(endpoint, `bucket-${process.pid}-${buckets++}`)
    await bucket.client.send(new CreateBucketCommand({ Bucket: bucket.name }))
    return bucket
  }

  static named(endpoint: string, name: string): LocalBucket {
    return new LocalBucket(name, new S3Client(s3Config(endpoint)))
  }

  async keys(prefix = ''): Promise<string[]> {
    const keys: string[] = []
    let token: string | undefined
    do {
      const input = { Bucket: this.name, Prefix: prefix, ContinuationToken: token }
      const page = await this.client.send(new ListObjectsV2Command(input))
      keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
      token = page.NextContinuationToken
    } while (token !== undefined)
    return keys
  }

  async get(key: string): Promise<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.name, Key: key }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }

  async put(key: string, body: Buffer | string): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: Buffer.from(body) }))
  }

  /** The lines of an object, or of all objects. */
  async lines(key?: string): Promise<string[]> {
    const lines: string[] = []
    for (const each of key === undefined ? await this.keys() : [key]) {
      const bytes = await this.get(each)
      const text = (each.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
      lines.push(...text.split('\n').slice(0, -1))
    }
    return lines
  }

  /** Keys of uploads that are under way. */
  async uploads(): Promise<string[]> {
    const { Uploads } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.name }))
    return (Uploads ?? []).map(({ Key = '' }) => Key)
  }
}
