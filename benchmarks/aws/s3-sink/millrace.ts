import { json } from '@millrace/connectors/formats'
import { s3Sink } from '@millrace/connectors/s3'
import type { Run } from '../../harness/benchmark.ts'
import { config } from '../peer.ts'
import type { Reading } from '../readings.ts'
import { linesIn, withBucket } from '../s3-bucket.ts'
import { writeAll } from '../write-all.ts'

export const run: Run<readonly Reading[]> = (readings, clock) =>
  withBucket(async (client, bucket) => {
    await writeAll(readings, s3Sink({ bucket, prefix: 'raw', format: json<Reading>(), config: config() }), clock)
    return { results: await linesIn(client, bucket), checksum: 0 }
  })
