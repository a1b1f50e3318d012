import type { OperatorMetrics, SinkWriter } from '@millrace/core/connector'
import { requestFailure } from '../aws/batch-failures.ts'
import { BatchSinkWriter, type SizedEntry } from '../aws/batch-sink-writer.ts'
import { BatchSender } from '../calls/batch-sender.ts'
import { invalidOption } from '../option-checks.ts'
import type { DynamoDbTable } from './dynamodb-table.ts'
import { checkedItemBytes, type Item } from './item.ts'
import { ItemEncoder } from './item-encoder.ts'
import { keyText } from './item-key.ts'
import { isConditionFailed } from './refusals.ts'
import type { ParsedDynamoDbSink } from './sink-options.ts'

/** What is to be written of a key. While it waits, a newer record takes its place. */
interface Newest {
  readonly key: string
  item: Item
  time: number
}

/** One conditional write for each key, many under way; of a key one after the other. */
export function newestWriter<T>(
  options: ParsedDynamoDbSink<T> & { readonly newestBy: (record: T) => number },
  { what, calls, client, library, keyNames, close }: DynamoDbTable,
  metrics: OperatorMetrics | undefined,
): SinkWriter<T> {
  const { newestBy, newestAttribute, connection, table: TableName } = options
  const put = `PutItem of ${what}`
  const encoder = new ItemEncoder(options, keyNames)
  const waiting = new Map<string, Newest>()
  const condition = {
    ConditionExpression: 'attribute_not_exists(#key) OR attribute_not_exists(#time) OR #time < :time',
    ExpressionAttributeNames: { '#key': keyNames[0], '#time': newestAttribute },
  }
  const sender = new BatchSender<Newest>(
    { ...options.batch, retryForMs: connection.retryForMs },
    {
      keyOf: ({ key }) => key,
      async send([entry]) {
        const { key, item, time } = entry as Newest
        // What comes from now on goes behind it.
        if (waiting.get(key) === entry) waiting.delete(key)
        const values = { ExpressionAttributeValues: { ':time': time } }
        const command = new library.PutCommand({ TableName, Item: item, ...condition, ...values })
        try {
          await calls.once('PutItem', (at) => client.send(command, at))
        } catch (error) {
          if (!isConditionFailed(error)) throw error
          metrics?.counter('older').add(1)
        }
        return [undefined]
      },
      failureOf: (error) => requestFailure(put, error),
      onRetry: () => metrics?.counter('retries').add(1),
    },
  )

  const entryOf = (record: T): SizedEntry<Newest> | undefined => {
    const time = newestBy(record)
    if (!Number.isFinite(time)) throw invalidOption('newestBy', 'gave no finite number for a record')
    const key = encoder.keyOf(record)
    const text = keyText(keyNames, key)
    const before = waiting.get(text)
    if (before !== undefined && before.time >= time) {
      metrics?.counter('superseded').add(1)
      return undefined
    }
    const item = { ...encoder.itemOf(record, key), [newestAttribute]: time }
    const bytes = checkedItemBytes(item)
    if (before !== undefined) {
      metrics?.counter('superseded').add(1)
      before.item = item
      before.time = time
      return undefined
    }
    const entry: Newest = { key: text, item, time }
    waiting.set(text, entry)
    return { entry, bytes }
  }
  return new BatchSinkWriter<T, Newest>({ sender, metrics, toEntry: entryOf, close })
}
