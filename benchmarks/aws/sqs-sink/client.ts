import type { Run } from '../../harness/benchmark.ts'
import type { Reading } from '../readings.ts'
import { messagesIn, sendAll, withQueue } from '../sqs-queue.ts'

export const run: Run<readonly Reading[]> = (readings, clock) =>
  withQueue(async (client, queueUrl) => {
    clock.start()
    await sendAll(client, queueUrl, readings)
    clock.stop()
    return { results: await messagesIn(client, queueUrl), checksum: 0 }
  })
