import { randomUUID } from 'node:crypto'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Make } from '../../harness/benchmark.ts'
import { config } from '../peer.ts'
import { batchesOf, readings } from '../readings.ts'

export interface ReadingsObjects {
  readonly bucket: string
  readonly prefix: string
}

const READINGS = 500_000
/** Of an object; 10 MB. */
const BATCH = 50_000

/** All in the folder of one hour. */
export const FOLDER = 'raw/year=2023/month=11/day=14/hour=22'
export const HOUR: readonly [from: string, to: string] = ['2023-11-14T22:00Z', '2023-11-14T23:00Z']

export const make: Make<ReadingsObjects> = async () => {
  const client = new S3Client(config())
  const bucket = `bench-${randomUUID().slice(0, 8)}`
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  let objects = 0
  for (const batch of batchesOf(readings(READINGS), BATCH)) {
    const Body = batch.map((reading) => `${JSON.stringify(reading)}\n`).join('')
    const Key = `${FOLDER}/${String(objects++).padStart(4, '0')}.ndjson`
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
  }
  client.destroy()
  return { data: { bucket, prefix: 'raw' }, events: READINGS }
}
