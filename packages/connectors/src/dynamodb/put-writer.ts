import type { BatchWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import type { OperatorMetrics, SinkWriter } from '@millrace/core/connector'
import { entryFailure, requestFailure } from '../aws/batch-failures.ts'
import { BatchSinkWriter, type SizedEntry } from '../aws/batch-sink-writer.ts'
import { BatchSender } from '../calls/batch-sender.ts'
import type { DynamoDbTable } from './dynamodb-table.ts'
import { checkedItemBytes, type Item } from './item.ts'
import { ItemEncoder } from './item-encoder.ts'
import { keyText } from './item-key.ts'
import type { ParsedDynamoDbSink } from './sink-options.ts'

type WriteRequest = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number]

interface Write {
  readonly key: string
  readonly request: WriteRequest
}

/** Puts and deletes in batches. A request has one of a key at most: the service refuses two. */
export function putWriter<T>(
  options: ParsedDynamoDbSink<T>,
  { what, calls, client, library, keyNames, close }: DynamoDbTable,
  metrics: OperatorMetrics | undefined,
): SinkWriter<T> {
  const { connection, table } = options
  const batchWrite = `BatchWriteItem of ${what}`
  const encoder = new ItemEncoder(options, keyNames)
  // It says nothing of why: it was slowed down, or the answer would have been too large.
  const unprocessed = entryFailure(batchWrite, 'ProvisionedThroughputExceededException', false)
  const keyOfRequest = ({ PutRequest, DeleteRequest }: WriteRequest): string =>
    keyText(keyNames, (PutRequest?.Item ?? DeleteRequest?.Key ?? {}) as Item)
  const sender = new BatchSender<Write>(
    { ...options.batch, retryForMs: connection.retryForMs },
    {
      keyOf: ({ key }) => key,
      async send(entries) {
        const RequestItems = { [table]: entries.map(({ request }) => request) }
        const command = new library.BatchWriteCommand({ RequestItems })
        const { UnprocessedItems = {} } = await calls.once('BatchWriteItem', (at) => client.send(command, at))
        const left = new Set(Object.values(UnprocessedItems).flat().map(keyOfRequest))
        if (left.size > 0) metrics?.counter('unprocessed').add(left.size)
        return entries.map(({ key }) => (left.has(key) ? unprocessed : undefined))
      },
      failureOf: (error) => requestFailure(batchWrite, error),
      onRetry: () => metrics?.counter('retries').add(1),
    },
  )

  const entryOf = (record: T): SizedEntry<Write> => {
    const key = encoder.keyOf(record)
    const text = keyText(keyNames, key)
    if (options.remove?.(record) === true) {
      return { entry: { key: text, request: { DeleteRequest: { Key: key } } }, bytes: checkedItemBytes(key) }
    }
    const item = encoder.itemOf(record, key)
    return { entry: { key: text, request: { PutRequest: { Item: item } } }, bytes: checkedItemBytes(item) }
  }
  return new BatchSinkWriter<T, Write>({ sender, metrics, toEntry: entryOf, close })
}
