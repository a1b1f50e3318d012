import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns'
import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { batchesOf, type Reading } from '../readings.ts'
import { withTopic } from './topic.ts'

const BATCH = 10
const IN_FLIGHT = 4

export const run: Run<readonly Reading[]> = (readings, clock) =>
  withTopic(async (client, topicArn) => {
    clock.start()
    const sends = new Sends(IN_FLIGHT)
    for (const batch of batchesOf(readings, BATCH)) {
      void sends.add(publish(client, topicArn, batch.map(entryOf)))
      await sends.room()
    }
    await sends.all()
    clock.stop()
    return { results: readings.length, checksum: 0 }
  })

function entryOf({ spo2, device }: Reading, index: number): PublishBatchRequestEntry {
  const MessageAttributes = { spo2: { DataType: 'Number', StringValue: String(spo2) } }
  return { Id: String(index), Message: `spo2 ${spo2} at ${device}`, MessageAttributes }
}

/** Those that failed again, as the documentation tells. */
async function publish(
  client: SNSClient,
  TopicArn: string,
  entries: readonly PublishBatchRequestEntry[],
): Promise<void> {
  let left = [...entries]
  while (left.length > 0) {
    const input = { TopicArn, PublishBatchRequestEntries: left }
    const { Failed = [] } = await client.send(new PublishBatchCommand(input))
    const failed = new Set(Failed.map(({ Id }) => Id))
    left = left.filter(({ Id }) => failed.has(Id))
  }
}
