import { json } from '@millrace/connectors/formats'
import { sqsSink } from '@millrace/connectors/sqs'
import type { Run } from '../../harness/benchmark.ts'
import { config } from '../peer.ts'
import type { Reading } from '../readings.ts'
import { messagesIn, withQueue } from '../sqs-queue.ts'
import { writeAll } from '../write-all.ts'

export const run: Run<readonly Reading[]> = (readings, clock) =>
  withQueue(async (client, queueUrl) => {
    await writeAll(readings, sqsSink({ queueUrl, format: json<Reading>(), config: config() }), clock)
    return { results: await messagesIn(client, queueUrl), checksum: 0 }
  })
