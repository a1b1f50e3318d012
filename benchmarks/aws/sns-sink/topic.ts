import { randomUUID } from 'node:crypto'
import { CreateTopicCommand, DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { config } from '../peer.ts'

/** Makes a topic that nobody subscribes to, lends it, and deletes it. */
export async function withTopic<R>(use: (client: SNSClient, topicArn: string) => Promise<R>): Promise<R> {
  const client = new SNSClient(config())
  const { TopicArn = '' } = await client.send(new CreateTopicCommand({ Name: `bench-${randomUUID().slice(0, 8)}` }))
  try {
    return await use(client, TopicArn)
  } finally {
    await client.send(new DeleteTopicCommand({ TopicArn }))
    client.destroy()
  }
}
