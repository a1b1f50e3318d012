import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import type { BatchGetCommandInput } from '@aws-sdk/lib-dynamodb'
import type { Duration } from '@millrace/core/connector'
import { LRUCache } from 'lru-cache'
import { AWS_CONNECTION_OPTIONS, type AwsConnectionOptions, parseAwsConnection } from '../aws/aws-options.ts'
import { entryFailure, requestFailure } from '../aws/batch-failures.ts'
import { BatchSender } from '../calls/batch-sender.ts'
import { checkNames, durationMs, wholeNumber } from '../option-checks.ts'
import { openTable } from './dynamodb-table.ts'
import type { Item } from './item.ts'
import { type ItemKey, keyAttributes, keyText } from './item-key.ts'
import { checkTable } from './table-name.ts'

export interface DynamoDbLookupOptions extends AwsConnectionOptions<DynamoDBClient, DynamoDBClientConfig> {
  /** A table's name or ARN. */
  readonly table: string
  /** Whether what has been written before is always seen, at twice the cost. Default false. */
  readonly consistentRead?: boolean
  /** What has been looked up is kept: also that there is none. Default: 10,000 of them, for a minute. */
  readonly cache?: { readonly entries?: number; readonly for?: Duration } | false
}

/** Items by their keys. */
export interface DynamoDbLookup {
  /** `undefined` where there is none. An item is shared: it is not to be changed. */
  get(key: ItemKey): Promise<Item | undefined>
  close(): void
}

const MOST_KEYS = 100
const BATCH = { maxCount: MOST_KEYS, maxBytes: MOST_KEYS, lingerMs: 0, maxInFlight: 4, maxBufferedBytes: 100_000 }

interface Asked {
  readonly text: string
  readonly key: Item
  resolve(item: Item | undefined): void
  reject(error: unknown): void
}

/**
 * Looks items up by their keys, for what joins a stream to a table by hand. Keys that are asked for at the same time share a request, and
 * one that is asked for twice is asked for once; keys that the service has left unprocessed are asked for again.
 *
 * @throws CONNECTOR_OPTION_INVALID; CONNECTOR_PEER_MISSING, AWS_RESOURCE_MISSING and what else a call throws, also from `get`
 */
export async function dynamoDbLookup(
  options: DynamoDbLookupOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<DynamoDbLookup> {
  checkNames('', options, [...AWS_CONNECTION_OPTIONS, 'table', 'consistentRead', 'cache'])
  const { cache = {}, consistentRead = false } = options
  if (cache !== false) checkNames('cache', cache, ['entries', 'for'])
  const connection = parseAwsConnection(options)
  const name = checkTable('table', options.table)
  const known =
    cache === false
      ? undefined
      : new LRUCache<string, { readonly item: Item | undefined }>({
          max: wholeNumber('cache.entries', cache.entries ?? 10_000, 1, 100_000_000),
          ttl: durationMs('cache.for', cache.for ?? '1m', 1),
        })
  const table = await openTable({ who: 'look-up', table: name, connection, signal, metrics: undefined })
  const { calls, client, library, keyNames, what } = table
  const batchGet = `BatchGetItem of ${what}`
  const unprocessed = entryFailure(batchGet, 'ProvisionedThroughputExceededException', false)
  const asked = new Map<string, Promise<Item | undefined>>()
  const pending = new Set<Asked>()

  const sender = new BatchSender<Asked>(
    { ...BATCH, retryForMs: connection.retryForMs },
    {
      async send(entries) {
        const Keys = entries.map(({ key }) => key)
        const RequestItems: BatchGetCommandInput['RequestItems'] = { [name]: { Keys, ConsistentRead: consistentRead } }
        const command = new library.BatchGetCommand({ RequestItems })
        const answer = await calls.once('BatchGetItem', (at) => client.send(command, at))
        const left = new Set(
          Object.values(answer.UnprocessedKeys ?? {}).flatMap(({ Keys: rest = [] }) => rest.map(textOf)),
        )
        const found = new Map(
          Object.values(answer.Responses ?? {})
            .flat()
            .map((item) => [textOf(item), item]),
        )
        return entries.map((entry) => {
          if (left.has(entry.text)) return unprocessed
          pending.delete(entry)
          entry.resolve(found.get(entry.text))
          return undefined
        })
      },
      failureOf: (error) => requestFailure(batchGet, error),
      onRefused(entry, { error }) {
        pending.delete(entry)
        entry.reject(error)
        return true
      },
    },
  )
  const textOf = (item: Item): string => keyText(keyNames, item)

  const ask = (text: string, key: Item): Promise<Item | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<Item | undefined>()
    const entry: Asked = { text, key, resolve, reject }
    pending.add(entry)
    sender.add(entry, 1)
    // Those that are asked for in the same turn go together.
    queueMicrotask(() => void sender.room()?.catch(() => {}))
    return promise.finally(() => asked.delete(text))
  }

  return {
    async get(given) {
      signal.throwIfAborted()
      const key = keyAttributes(keyNames, given)
      const text = textOf(key)
      const cached = known?.get(text)
      if (cached !== undefined) return cached.item
      const answer = asked.get(text) ?? ask(text, key)
      asked.set(text, answer)
      const item = await answer
      known?.set(text, { item })
      return item
    },
    close() {
      sender.close()
      table.close()
      for (const { reject } of pending) reject(new Error('the look-up is closed'))
    },
  }
}
