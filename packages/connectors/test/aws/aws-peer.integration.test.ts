import { once } from 'node:events'
import { createConnection } from 'node:net'
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateTopicCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns'
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, expect, inject, it } from 'vitest'
import { AwsPeer } from './aws-peer.ts'
import { clientConfig } from './client-config.ts'

const peers: AwsPeer[] = []
afterAll(() => Promise.all(peers.map((peer) => peer.close())))

it('has the services that all tests share', async () => {
  const { ministack, dynamoDb } = inject('aws')
  await new SNSClient(clientConfig(ministack)).send(new CreateTopicCommand({ Name: 'aws-peer' }))
  const { QueueUrl } = await new SQSClient(clientConfig(ministack)).send(
    new CreateQueueCommand({ QueueName: 'aws-peer' }),
  )
  expect(QueueUrl).toContain('127.0.0.1')
  await new DynamoDBClient(clientConfig(dynamoDb)).send(new ListTablesCommand())
})

it.each(['ministack', 'dynamoDb'] as const)('is had on 127.0.0.1 alone: %s', async (name) => {
  // Another address of this machine that all of Linux's loopback has.
  const socket = createConnection({
    host: '127.0.0.2',
    port: Number(new URL(inject('aws')[name]).port),
    timeout: 5_000,
  })
  socket.once('timeout', () => socket.destroy(new Error('nobody answers')))
  try {
    await expect(once(socket, 'connect')).rejects.toThrow()
  } finally {
    socket.destroy()
  }
})

it('keeps what ministack holds over a stop, and objects over a kill', async () => {
  const peer = await AwsPeer.ministack()
  peers.push(peer)
  const sns = new SNSClient(clientConfig(peer.endpoint))
  const sqs = new SQSClient(clientConfig(peer.endpoint))
  const s3 = new S3Client({ ...clientConfig(peer.endpoint), forcePathStyle: true })
  await sns.send(new CreateTopicCommand({ Name: 'kept' }))
  await sqs.send(new CreateQueueCommand({ QueueName: 'kept' }))
  await s3.send(new CreateBucketCommand({ Bucket: 'kept' }))
  await s3.send(new PutObjectCommand({ Bucket: 'kept', Key: 'a', Body: 'first' }))
  await peer.stop()
  await expect(sns.send(new ListTopicsCommand())).rejects.toThrow()
  await peer.start()
  expect((await sns.send(new ListTopicsCommand())).Topics).toHaveLength(1)
  expect((await sqs.send(new ListQueuesCommand())).QueueUrls).toHaveLength(1)
  await s3.send(new PutObjectCommand({ Bucket: 'kept', Key: 'b', Body: 'second' }))
  await peer.kill()
  await peer.start()
  const object = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key: 'b' }))
  expect(await object.Body?.transformToString()).toBe('second')
})

it('keeps tables over a kill where DynamoDB Local is told to', async () => {
  const peer = await AwsPeer.dynamoDb({ keeps: true })
  peers.push(peer)
  const client = new DynamoDBClient(clientConfig(peer.endpoint))
  await client.send(
    new CreateTableCommand({
      TableName: 'kept',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  )
  await peer.kill()
  await peer.start()
  expect((await client.send(new ListTablesCommand())).TableNames).toEqual(['kept'])
})
