import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Run } from '../../harness/benchmark.ts'
import { config } from '../peer.ts'
import { type Reading, ReadingsSeen } from '../readings.ts'
import { keysOf } from '../s3-bucket.ts'
import type { ReadingsObjects } from './objects.ts'

export const run: Run<ReadingsObjects> = async ({ bucket }, clock) => {
  const client = new S3Client(config())
  const seen = new ReadingsSeen()
  clock.start()
  for (const Key of await keysOf(client, bucket)) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
    for await (const line of createInterface({ input: Body as Readable })) seen.add(JSON.parse(line) as Reading)
  }
  clock.stop()
  client.destroy()
  return seen.outcome()
}
