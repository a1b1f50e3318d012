import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import type { Run } from '../../harness/benchmark.ts'
import { type Reading, ReadingsSeen } from '../readings.ts'
import { messagesIn, sendAll, withQueue } from '../sqs-queue.ts'

const RECEIVERS = 4

export const run: Run<readonly Reading[]> = (readings, clock) =>
  withQueue(async (client, QueueUrl) => {
    await sendAll(client, QueueUrl, readings)
    const seen = new ReadingsSeen()
    clock.start()
    await Promise.all(Array.from({ length: RECEIVERS }, receive))
    clock.stop()
    if ((await messagesIn(client, QueueUrl)) > 0) throw new Error('messages are left')
    return seen.outcome()

    async function receive(): Promise<void> {
      while (seen.count < readings.length) {
        const input = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 60 }
        const { Messages = [] } = await client.send(new ReceiveMessageCommand(input))
        if (Messages.length === 0) continue
        for (const { Body = '' } of Messages) seen.add(JSON.parse(Body) as Reading)
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
        await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
      }
    }
  })
