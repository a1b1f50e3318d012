import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Run } from '../../harness/benchmark.ts'
import { dynamoDbConfig } from '../peer.ts'
import { type Reading, ReadingsSeen } from '../readings.ts'
import type { TableChanges } from './changes.ts'

export const run: Run<TableChanges> = async ({ table, changes }, clock) => {
  const client = new DynamoDBStreamsClient(dynamoDbConfig())
  const seen = new ReadingsSeen()
  clock.start()
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: table }))
  const StreamArn = Streams[0]?.StreamArn
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }))
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const begin = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
    let iterator = (await client.send(begin)).ShardIterator
    while (iterator !== undefined && seen.count < changes) {
      const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator: iterator }))
      for (const { dynamodb } of Records)
        seen.add(unmarshall(dynamodb?.NewImage as Record<string, AttributeValue>) as Reading)
      iterator = NextShardIterator
    }
  }
  clock.stop()
  client.destroy()
  return seen.outcome()
}
