import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { CreateDeliveryStreamCommand, FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose'
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateTopicCommand, PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { awsFault } from '../../src/aws/aws-fault.ts'
import { AwsFaultProxy } from './aws-fault-proxy.ts'
import { clientConfig } from './client-config.ts'
import { cutAfter, cutBefore, delay, failEntries, refuse, refuseAfter } from './faults.ts'

const odd = (index: number): boolean => index % 2 === 1
const all = (): boolean => true

let proxy: AwsFaultProxy
let tables: AwsFaultProxy

beforeAll(async () => {
  proxy = await AwsFaultProxy.listen(inject('aws').ministack)
  tables = await AwsFaultProxy.listen(inject('aws').dynamoDb)
})

afterAll(() => {
  proxy.close()
  tables.close()
})

async function faultOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => 'it went well',
    (thrown: unknown) => awsFault(thrown),
  )
  return typeof error === 'string' ? error : { kind: error.kind, name: error.errorName }
}

describe('AwsFaultProxy', () => {
  it('speaks for SQS: refusals, cut connections, lost answers, partial batches', async () => {
    const sqs = new SQSClient(clientConfig(proxy.endpoint))
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'fault-proxy' }))
    const url = { QueueUrl: new URL(new URL(QueueUrl as string).pathname, proxy.endpoint).href }
    const send = () => sqs.send(new SendMessageCommand({ ...url, MessageBody: 'one' }))
    const receive = async () =>
      (await sqs.send(new ReceiveMessageCommand({ ...url, MaxNumberOfMessages: 10 }))).Messages ?? []
    proxy.plan('SendMessage', refuse(403, 'ThrottlingException'))
    proxy.plan('SendMessage', cutBefore())
    proxy.plan('SendMessage', cutAfter())
    proxy.plan('SendMessage', delay(30))
    expect(await faultOf(send())).toMatchObject({ kind: 'throttled' })
    expect(await faultOf(send())).toMatchObject({ kind: 'unreachable' })
    expect(await receive()).toHaveLength(0)
    expect(await faultOf(send())).toMatchObject({ kind: 'unreachable' })
    expect(await receive()).toHaveLength(1)
    await send()
    const [first] = await receive()
    expect(proxy.calls('SendMessage')).toBe(4)

    const entries = ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: Id }))
    proxy.plan('SendMessageBatch', failEntries(odd, 'InternalError'))
    proxy.plan('SendMessageBatch', failEntries(all, 'InternalError'))
    const batch = new SendMessageBatchCommand({ ...url, Entries: entries })
    const { Successful, Failed } = await sqs.send(batch)
    expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'c'])
    expect(Failed).toMatchObject([{ Id: 'b', Code: 'InternalError', SenderFault: false }])
    expect((await sqs.send(batch)).Failed).toHaveLength(3)
    expect((await receive()).map(({ Body }) => Body).toSorted()).toEqual(['a', 'c'])

    proxy.plan('DeleteMessageBatch', failEntries(all, 'InternalError'))
    const gone = [{ Id: 'x', ReceiptHandle: first?.ReceiptHandle }]
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ ...url, Entries: gone }))
    expect(deleted.Failed).toHaveLength(1)
  })

  it('speaks for SNS', async () => {
    const sns = new SNSClient(clientConfig(proxy.endpoint))
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'fault-proxy' }))
    proxy.plan('Publish', refuse(400, 'Throttled'))
    proxy.plan('Publish', refuseAfter(500, 'InternalFailure'))
    const publish = () => sns.send(new PublishCommand({ TopicArn, Message: 'm' }))
    expect(await faultOf(publish())).toMatchObject({ name: 'ThrottledException' })
    expect(await faultOf(publish())).toMatchObject({ kind: 'unavailable' })
    proxy.plan('PublishBatch', failEntries(odd, 'InternalError'))
    const entries = ['a', 'b', 'c', 'd'].map((Id) => ({
      Id,
      Message: Id,
      MessageAttributes: { bed: { DataType: 'String', StringValue: Id } },
    }))
    const { Successful, Failed } = await sns.send(
      new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }),
    )
    expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'c'])
    expect(Failed?.map(({ Id, Code }) => `${Id} ${Code}`)).toEqual(['b InternalError', 'd InternalError'])
  })

  it('speaks for S3', async () => {
    const s3 = new S3Client({ ...clientConfig(proxy.endpoint), forcePathStyle: true })
    await s3.send(new CreateBucketCommand({ Bucket: 'fault-proxy' }))
    const put = () => s3.send(new PutObjectCommand({ Bucket: 'fault-proxy', Key: 'k', Body: 'v', IfNoneMatch: '*' }))
    proxy.plan('PutObject', refuse(503, 'SlowDown'))
    proxy.plan('PutObject', refuse(409, 'ConditionalRequestConflict'))
    proxy.plan('PutObject', cutAfter())
    expect(await faultOf(put())).toMatchObject({ kind: 'throttled' })
    expect(await faultOf(put())).toMatchObject({ kind: 'unavailable', name: 'ConditionalRequestConflict' })
    expect(await faultOf(put())).toMatchObject({ kind: 'unreachable' })
    expect(await faultOf(put())).toMatchObject({ name: 'PreconditionFailed' })
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'fault-proxy', Key: 'k' }))
    expect(await Body?.transformToString()).toBe('v')
    expect(proxy.calls('CreateBucket')).toBe(1)
  })

  it('speaks for Kinesis and Firehose', async () => {
    const kinesis = new KinesisClient(clientConfig(proxy.endpoint))
    await kinesis.send(new CreateStreamCommand({ StreamName: 'fault-proxy', ShardCount: 1 }))
    const Records = ['a', 'b', 'c'].map((text) => ({ Data: Buffer.from(text), PartitionKey: text }))
    const put = () => kinesis.send(new PutRecordsCommand({ StreamName: 'fault-proxy', Records }))
    proxy.plan('PutRecords', refuse(400, 'ProvisionedThroughputExceededException'))
    proxy.plan('PutRecords', failEntries(odd, 'ProvisionedThroughputExceededException'))
    expect(await faultOf(put())).toMatchObject({ kind: 'throttled' })
    const { FailedRecordCount, Records: taken } = await put()
    expect(FailedRecordCount).toBe(1)
    expect(taken?.map(({ ErrorCode }) => ErrorCode !== undefined)).toEqual([false, true, false])
    expect(taken?.[0]?.SequenceNumber).toBeDefined()

    const firehose = new FirehoseClient(clientConfig(proxy.endpoint))
    const stream = { DeliveryStreamName: 'fault-proxy' }
    const S3DestinationConfiguration = { BucketARN: 'arn:aws:s3:::fault-proxy', RoleARN: 'arn:aws:iam::1:role/r' }
    await firehose.send(new CreateDeliveryStreamCommand({ ...stream, S3DestinationConfiguration }))
    proxy.plan('PutRecordBatch', failEntries(odd, 'ServiceUnavailableException'))
    const delivered = await firehose.send(new PutRecordBatchCommand({ ...stream, Records }))
    expect(delivered.FailedPutCount).toBe(1)
    expect(delivered.RequestResponses?.[1]?.ErrorCode).toBe('ServiceUnavailableException')
  })

  it('speaks for DynamoDB', async () => {
    const dynamo = new DynamoDBClient(clientConfig(tables.endpoint))
    await dynamo.send(
      new CreateTableCommand({
        TableName: 'fault-proxy',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    )
    const items = ['a', 'b', 'c'].map((S) => ({ id: { S } }))
    tables.plan('BatchWriteItem', failEntries(odd, 'unused'))
    const written = await dynamo.send(
      new BatchWriteItemCommand({
        RequestItems: { 'fault-proxy': items.map((Item) => ({ PutRequest: { Item } })) },
      }),
    )
    expect(written.UnprocessedItems).toEqual({ 'fault-proxy': [{ PutRequest: { Item: { id: { S: 'b' } } } }] })
    tables.plan(
      'BatchGetItem',
      failEntries((index) => index === 0, 'unused'),
    )
    const got = await dynamo.send(new BatchGetItemCommand({ RequestItems: { 'fault-proxy': { Keys: items } } }))
    expect(got.Responses?.['fault-proxy']).toEqual([{ id: { S: 'c' } }])
    expect(got.UnprocessedKeys?.['fault-proxy']?.Keys).toEqual([{ id: { S: 'a' } }])
    tables.plan('BatchGetItem', refuse(400, 'TransactionConflictException'))
    const again = dynamo.send(new BatchGetItemCommand({ RequestItems: { 'fault-proxy': { Keys: items } } }))
    expect(await faultOf(again)).toMatchObject({ kind: 'unavailable' })
  })

  it('lets a test wait for a call', async () => {
    const dynamo = new DynamoDBClient(clientConfig(tables.endpoint))
    const before = tables.calls('BatchGetItem')
    const called = tables.called('BatchGetItem', before + 1)
    tables.plan('BatchGetItem', cutBefore(), { times: Number.POSITIVE_INFINITY })
    const asked = dynamo.send(
      new BatchGetItemCommand({ RequestItems: { 'fault-proxy': { Keys: [{ id: { S: 'a' } }] } } }),
    )
    await expect(asked).rejects.toThrow()
    await called
    tables.heal()
  })
})
