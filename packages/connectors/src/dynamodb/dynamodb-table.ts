import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { OperatorMetrics } from '@millrace/core/connector'
import { AwsCalls } from '../aws/aws-calls.ts'
import type { ParsedAwsConnection } from '../aws/aws-options.ts'
import { openClient } from '../aws/open-client.ts'
import { MillraceConnectorError } from '../errors.ts'
import type { KeyNames } from './item-key.ts'

type Library = typeof import('@aws-sdk/lib-dynamodb')
type Service = typeof import('@aws-sdk/client-dynamodb')

/** A table as one source, sink or look-up sees it. */
export interface DynamoDbTable {
  readonly what: string
  readonly calls: AwsCalls
  readonly library: Library
  readonly service: Service
  readonly client: DynamoDBDocumentClient
  readonly keyNames: KeyNames
  close(): void
}

export interface TableParts {
  /** `sink 'latest'` */
  readonly who: string
  readonly table: string
  readonly connection: ParsedAwsConnection<DynamoDBClient, DynamoDBClientConfig>
  readonly signal: AbortSignal
  readonly metrics: OperatorMetrics | undefined
}

/** Asks for the table, for the names of its key. @throws CONNECTOR_PEER_MISSING, AWS_RESOURCE_MISSING and what else a call throws */
export async function openTable({ who, table, ...parts }: TableParts): Promise<DynamoDbTable> {
  const what = `${who} of table '${nameOfTable(table)}'`
  const opened = await openClients({ what, ...parts })
  try {
    const { calls, client, service } = opened
    const describe = new service.DescribeTableCommand({ TableName: table })
    const { Table } = await calls.call('DescribeTable', (at) => client.send(describe, at))
    const named = (type: string) => Table?.KeySchema?.find(({ KeyType }) => KeyType === type)?.AttributeName
    const [partition = '', sort] = [named('HASH'), named('RANGE')]
    return { ...opened, what, keyNames: sort === undefined ? [partition] : [partition, sort] }
  } catch (error) {
    opened.close()
    throw error
  }
}

export interface ClientsParts extends Omit<TableParts, 'who' | 'table'> {
  readonly what: string
}

/** Loads the libraries; connects nowhere yet. @throws CONNECTOR_PEER_MISSING */
export async function openClients({
  what,
  connection,
  signal,
  metrics,
}: ClientsParts): Promise<Omit<DynamoDbTable, 'what' | 'keyNames'>> {
  const library = await loadLibrary()
  const {
    library: service,
    client,
    close,
  } = await openClient({
    package: '@aws-sdk/client-dynamodb',
    load: () => import('@aws-sdk/client-dynamodb'),
    make: (dynamoDb, config) => new dynamoDb.DynamoDBClient(config),
    connection,
  })
  return {
    library,
    service,
    client: library.DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    calls: new AwsCalls({ what, connection, signal, metrics }),
    close,
  }
}

async function loadLibrary(): Promise<Library> {
  try {
    return await import('@aws-sdk/lib-dynamodb')
  } catch (cause) {
    throw new MillraceConnectorError('CONNECTOR_PEER_MISSING', "this needs '@aws-sdk/lib-dynamodb'", { cause })
  }
}

/** Without the account of an ARN. */
function nameOfTable(table: string): string {
  return table.slice(table.lastIndexOf('/') + 1)
}
