import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  ListStreamsCommand,
  type StreamViewType,
} from '@aws-sdk/client-dynamodb-streams'
import { clientConfig } from './client-config.ts'

/** A table with a stream, whose changes a test makes. */
export class ChangedTable {
  readonly name: string
  readonly #client: DynamoDBClient
  readonly #endpoint: string

  private constructor(name: string, endpoint: string) {
    this.name = name
    this.#endpoint = endpoint
    this.#client = new DynamoDBClient(clientConfig(endpoint))
  }

  static async create(
    endpoint: string,
    TableName: string,
    StreamViewType: StreamViewType = 'NEW_AND_OLD_IMAGES',
  ): Promise<ChangedTable> {
    const table = new ChangedTable(TableName, endpoint)
    await table.#client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        StreamSpecification: { StreamEnabled: true, StreamViewType },
      }),
    )
    return table
  }

  /** Writes numbers as they stand, also those that JavaScript has none for. */
  async put(id: string, n: number | string): Promise<void> {
    const Item = { id: { S: id }, n: { N: String(n) } }
    await this.#client.send(new PutItemCommand({ TableName: this.name, Item }))
  }

  async remove(id: string): Promise<void> {
    await this.#client.send(new DeleteItemCommand({ TableName: this.name, Key: { id: { S: id } } }))
  }

  async shardIds(): Promise<string[]> {
    const client = new DynamoDBStreamsClient(clientConfig(this.#endpoint))
    const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: this.name }))
    const describe = new DescribeStreamCommand({ StreamArn: Streams[0]?.StreamArn })
    const { StreamDescription } = await client.send(describe)
    client.destroy()
    return (StreamDescription?.Shards ?? []).map(({ ShardId = '' }) => ShardId)
  }

  close(): void {
    this.#client.destroy()
  }
}
