import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { itemOf, writtenTo } from '../dynamodb-table.ts'
import type { Reading } from '../readings.ts'

const IN_FLIGHT = 32
const CONDITION = 'attribute_not_exists(#key) OR #time < :time'

export const run: Run<readonly Reading[]> = (readings, clock) =>
  writtenTo(async (client, table) => {
    clock.start()
    const sends = new Sends(IN_FLIGHT)
    for (const reading of readings) {
      void sends.add(put(client, table, reading))
      await sends.room()
    }
    await sends.all()
    clock.stop()
  })

async function put(client: DynamoDBDocumentClient, TableName: string, reading: Reading): Promise<void> {
  const { time } = reading
  const command = new PutCommand({
    TableName,
    Item: { ...itemOf(reading), eventTime: time },
    ConditionExpression: CONDITION,
    ExpressionAttributeNames: { '#key': 'id', '#time': 'eventTime' },
    ExpressionAttributeValues: { ':time': time },
  })
  try {
    await client.send(command)
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
  }
}
