import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { clientConfig } from './client-config.ts'

let topics = 0

/** A topic of a test's own, and queues that are subscribed to it. */
export class LocalTopic {
  readonly arn: string
  readonly #sns: SNSClient
  readonly #sqs: SQSClient
  readonly #isFifo: boolean

  private constructor(arn: string, sns: SNSClient, sqs: SQSClient) {
    this.arn = arn
    this.#sns = sns
    this.#sqs = sqs
    this.#isFifo = arn.endsWith('.fifo')
  }

  static async create(endpoint: string, isFifo = false): Promise<LocalTopic> {
    const sns = new SNSClient(clientConfig(endpoint))
    const Name = `topic-${process.pid}-${topics++}${isFifo ? '.fifo' : ''}`
    const Attributes = isFifo ? { FifoTopic: 'true' } : {}
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name, Attributes }))
    return new LocalTopic(TopicArn, sns, new SQSClient(clientConfig(endpoint)))
  }

  /** Subscribes a queue, of messages that a policy lets through; gives what reads it empty. */
  async subscribed(filterPolicy?: object): Promise<() => Promise<string[]>> {
    const end = this.#isFifo ? '.fifo' : ''
    const QueueName = `queue-${process.pid}-${topics++}${end}`
    const Attributes: Record<string, string> = this.#isFifo ? { FifoQueue: 'true' } : {}
    const { QueueUrl = '' } = await this.#sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
    const asked = { QueueUrl, AttributeNames: ['QueueArn' as const] }
    const described = await this.#sqs.send(new GetQueueAttributesCommand(asked))
    const subscription = {
      RawMessageDelivery: 'true',
      ...(filterPolicy === undefined ? {} : { FilterPolicy: JSON.stringify(filterPolicy) }),
    }
    await this.#sns.send(
      new SubscribeCommand({
        TopicArn: this.arn,
        Protocol: 'sqs',
        Endpoint: described.Attributes?.QueueArn,
        Attributes: subscription,
      }),
    )
    return () => this.#readEmpty(QueueUrl)
  }

  async #readEmpty(QueueUrl: string): Promise<string[]> {
    const bodies: string[] = []
    for (;;) {
      const { Messages = [] } = await this.#sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
      if (Messages.length === 0) return bodies
      bodies.push(...Messages.map(({ Body = '' }) => Body))
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
      await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
    }
  }
}
