import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { clientConfig } from './client-config.ts'

let queues = 0

/** A queue of its own. */
export class LocalQueue {
  readonly url: string
  readonly #sqs: SQSClient

  private constructor(url: string, sqs: SQSClient) {
    this.url = url
    this.#sqs = sqs
  }

  static async create(endpoint: string): Promise<LocalQueue> {
    const sqs = new SQSClient(clientConfig(endpoint))
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `queue-${process.pid}-q${queues++}` }))
    return new LocalQueue(QueueUrl, sqs)
  }

  async send(MessageBody: string): Promise<void> {
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody }))
  }

  /** What is there, which is gone then. */
  async receive(): Promise<string[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.url, MaxNumberOfMessages: 10 }),
    )
    for (const { ReceiptHandle } of Messages) {
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle }))
    }
    return Messages.map(({ Body = '' }) => Body)
  }
}
