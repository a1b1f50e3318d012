import { randomUUID } from 'node:crypto'
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { Sends } from '../harness/sends.ts'
import { config } from './peer.ts'
import { batchesOf, type Reading } from './readings.ts'

const BATCH = 10
const IN_FLIGHT = 4

/** Makes a queue, lends it, and deletes it. */
export async function withQueue<R>(use: (client: SQSClient, queueUrl: string) => Promise<R>): Promise<R> {
  const client = new SQSClient(config())
  const { QueueUrl = '' } = await client.send(
    new CreateQueueCommand({ QueueName: `bench-${randomUUID().slice(0, 8)}` }),
  )
  try {
    return await use(client, QueueUrl)
  } finally {
    await client.send(new DeleteQueueCommand({ QueueUrl }))
    client.destroy()
  }
}

/** All of them by hand: 10 a request, 4 requests at a time. */
export async function sendAll(client: SQSClient, queueUrl: string, readings: readonly Reading[]): Promise<void> {
  const sends = new Sends(IN_FLIGHT)
  for (const batch of batchesOf(readings, BATCH)) {
    const entries = batch.map((reading, index) => ({ Id: String(index), MessageBody: JSON.stringify(reading) }))
    void sends.add(send(client, queueUrl, entries))
    await sends.room()
  }
  await sends.all()
}

/** Messages in the queue, hidden ones too. */
export async function messagesIn(client: SQSClient, QueueUrl: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }))
  return names.reduce((sum, name) => sum + Number(Attributes[name]), 0)
}

/** Those that failed again, as the documentation tells. */
async function send(
  client: SQSClient,
  QueueUrl: string,
  entries: readonly SendMessageBatchRequestEntry[],
): Promise<void> {
  let left = [...entries]
  while (left.length > 0) {
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: left }))
    const failed = new Set(Failed.map(({ Id }) => Id))
    left = left.filter(({ Id }) => failed.has(Id))
  }
}
