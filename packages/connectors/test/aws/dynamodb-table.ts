import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import { clientConfig } from './client-config.ts'

/** Creates a table with a partition key `id`, and a sort key `at` (a number) where it is asked for. */
export async function createTable(endpoint: string, TableName: string, hasSortKey: boolean = false): Promise<void> {
  const client = new DynamoDBClient(clientConfig(endpoint))
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        ...(hasSortKey ? [{ AttributeName: 'at', KeyType: 'RANGE' } as const] : []),
      ],
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        ...(hasSortKey ? [{ AttributeName: 'at', AttributeType: 'N' } as const] : []),
      ],
    }),
  )
  client.destroy()
}

/** All items of a table, in no order. */
export async function itemsOf(endpoint: string, TableName: string): Promise<Record<string, unknown>[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(endpoint)))
  const items: Record<string, unknown>[] = []
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) items.push(...Items)
  client.destroy()
  return items
}
