import { randomUUID } from 'node:crypto'
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type StreamSpecification,
} from '@aws-sdk/client-dynamodb'
import { BatchWriteCommand, DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import { Sends } from '../harness/sends.ts'
import { dynamoDbConfig } from './peer.ts'
import { batchesOf, type Reading, ReadingsSeen } from './readings.ts'

const BATCH = 25
const IN_FLIGHT = 4

/** A reading under a key of its own. */
export interface ReadingItem extends Reading {
  readonly id: string
}

/** So that no two readings share an item, and nothing is superseded. */
export const idOf = ({ patientId, time }: Reading): string => `${patientId}/${time}`

export const itemOf = (reading: Reading): ReadingItem => ({ id: idOf(reading), ...reading })

export function dynamoDb(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(dynamoDbConfig()))
}

/** With the partition key `id`. */
export async function freshTable(client: DynamoDBDocumentClient, StreamSpecification?: StreamSpecification) {
  const TableName = `bench-${randomUUID().slice(0, 8)}`
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      ...(StreamSpecification === undefined ? {} : { StreamSpecification }),
    }),
  )
  return TableName
}

/** Makes a table, lends it, tells what is in it then, and deletes it. */
export async function writtenTo(use: (client: DynamoDBDocumentClient, table: string) => Promise<void>) {
  const client = dynamoDb()
  const TableName = await freshTable(client)
  try {
    await use(client, TableName)
    const seen = new ReadingsSeen()
    await scanAll(client, TableName, (item) => seen.add(item))
    return seen.outcome()
  } finally {
    await client.send(new DeleteTableCommand({ TableName }))
    client.destroy()
  }
}

/** All of them by hand: 25 a request, 4 requests at a time. */
export async function putAll(
  client: DynamoDBDocumentClient,
  table: string,
  readings: readonly Reading[],
): Promise<void> {
  const sends = new Sends(IN_FLIGHT)
  for (const batch of batchesOf(readings, BATCH)) {
    void sends.add(put(client, table, batch))
    await sends.room()
  }
  await sends.all()
}

/** Page by page, as one reads a table by hand. */
export async function scanAll(
  client: DynamoDBDocumentClient,
  TableName: string,
  take: (item: ReadingItem) => void,
): Promise<void> {
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const item of Items) take(item as ReadingItem)
  }
}

/** What was left unprocessed again, as the documentation tells. */
async function put(client: DynamoDBDocumentClient, table: string, readings: readonly Reading[]): Promise<void> {
  let left: Record<string, object[]> = {
    [table]: readings.map((reading) => ({ PutRequest: { Item: itemOf(reading) } })),
  }
  while (Object.keys(left).length > 0) {
    const { UnprocessedItems = {} } = await client.send(new BatchWriteCommand({ RequestItems: left }))
    left = UnprocessedItems
  }
}
