import { randomUUID } from 'node:crypto'
import { CreateDeliveryStreamCommand, DeleteDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import { config } from '../peer.ts'

/**
 * Makes a delivery stream that delivers nowhere, lends it, and deletes it. With a bucket behind it the peer would write an object for each
 * record, at 1,800 a second, and that alone would be measured.
 */
export async function withDeliveryStream<R>(use: (client: FirehoseClient, name: string) => Promise<R>): Promise<R> {
  const client = new FirehoseClient(config())
  const DeliveryStreamName = `bench-${randomUUID().slice(0, 8)}`
  await client.send(new CreateDeliveryStreamCommand({ DeliveryStreamName }))
  try {
    return await use(client, DeliveryStreamName)
  } finally {
    await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }))
    client.destroy()
  }
}
