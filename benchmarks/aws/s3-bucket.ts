import { randomUUID } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { config } from './peer.ts'

/** Makes a bucket, lends it, and deletes it with what is in it. */
export async function withBucket<R>(use: (client: S3Client, bucket: string) => Promise<R>): Promise<R> {
  const client = new S3Client(config())
  const Bucket = `bench-${randomUUID().slice(0, 8)}`
  await client.send(new CreateBucketCommand({ Bucket }))
  try {
    return await use(client, Bucket)
  } finally {
    for (const Key of await keysOf(client, Bucket)) await client.send(new DeleteObjectCommand({ Bucket, Key }))
    await client.send(new DeleteBucketCommand({ Bucket }))
    client.destroy()
  }
}

export async function keysOf(client: S3Client, Bucket: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
  return Contents.map(({ Key = '' }) => Key)
}

/** How many lines are in all objects. */
export async function linesIn(client: S3Client, Bucket: string): Promise<number> {
  let lines = 0
  for (const Key of await keysOf(client, Bucket)) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    for (const byte of (await Body?.transformToByteArray()) ?? []) if (byte === NEWLINE) lines += 1
  }
  return lines
}

const NEWLINE = 10
