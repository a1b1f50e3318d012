import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import type { Sink, SinkContext, SinkWriter } from '@millrace/core/connector'
import { awsError } from '../aws/aws-error.ts'
import { AwsFault, awsFault } from '../aws/aws-fault.ts'
import {
  AWS_CONNECTION_OPTIONS,
  type AwsConnectionOptions,
  type ParsedAwsConnection,
  parseAwsConnection,
} from '../aws/aws-options.ts'
import { requestFailure } from '../aws/batch-failures.ts'
import { BatchSinkWriter, type SizedEntry } from '../aws/batch-sink-writer.ts'
import { BatchSender, type EntryFailure } from '../calls/batch-sender.ts'
import { MillraceConnectorError } from '../errors.ts'
import { checkNames, functionOption, invalidOption, oneOf, wholeNumber } from '../option-checks.ts'
import { openClients } from './dynamodb-table.ts'

/** One write of a transaction, as `TransactWriteCommand` takes it: `{ Put: { TableName, Item, ConditionExpression } }`, ... */
export type TransactionItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

export interface DynamoDbTransactionsOptions<T> extends AwsConnectionOptions<DynamoDBClient, DynamoDBClientConfig> {
  /** The writes of a record, 1 to 100, all or none of which are made; none twice to one item. */
  readonly transaction: (record: T) => readonly TransactionItem[]
  /**
   * Names a record's transaction, in at most 36 characters: made again within ten minutes, it has no second effect. Take what stays the
   * same when the record is written again, such as an alarm's id.
   */
  readonly token: (record: T) => string
  /** Transactions of one key are made one after the other, in their order. Default: at any time. */
  readonly key?: (record: T) => string | undefined
  /** What a condition that does not hold means: the job fails, or it is counted (`conditionsFailed`) and nothing is written. Default `fail`. */
  readonly onConditionFailed?: 'fail' | 'skip'
  /** Transactions under way at a time. Default 16. */
  readonly inFlight?: number
}

interface Parsed<T> {
  readonly connection: ParsedAwsConnection<DynamoDBClient, DynamoDBClientConfig>
  readonly transaction: (record: T) => readonly TransactionItem[]
  readonly token: (record: T) => string
  readonly key: ((record: T) => string | undefined) | undefined
  readonly onConditionFailed: 'fail' | 'skip'
  readonly inFlight: number
}

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  'transaction',
  'token',
  'key',
  'onConditionFailed',
  'inFlight',
] as const satisfies readonly (keyof DynamoDbTransactionsOptions<unknown>)[]

const MOST_ITEMS = 100
const LONGEST_TOKEN = 36
/** Of items that wait, whatever their size: transactions are few. */
const MOST_WAITING = 1_000

/**
 * Makes each record a transaction of several writes, at least once: with its token, one that is made again within ten minutes has no
 * second effect; later a condition in the transaction has to see to that. A conflict with another transaction is tried again.
 *
 * Metrics: counters `conflicts`, `conditionsFailed`, `retries`, `throttled`; gauges `inFlight`, `bufferedRecords`, `circuitOpen`; histogram
 * `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: what `dynamoDbSink` throws, and DYNAMODB_TRANSACTION_REFUSED.
 */
export function dynamoDbTransactions<T>(options: DynamoDbTransactionsOptions<T>): Sink<T> {
  checkNames('', options, NAMES)
  if (typeof options.transaction !== 'function') throw invalidOption('transaction', 'is no function of a record')
  if (typeof options.token !== 'function') throw invalidOption('token', 'is no function of a record')
  const parsed: Parsed<T> = {
    connection: parseAwsConnection(options),
    transaction: options.transaction,
    token: options.token,
    key: functionOption('key', options.key),
    onConditionFailed: oneOf('onConditionFailed', options.onConditionFailed ?? 'fail', ['fail', 'skip']),
    inFlight: wholeNumber('inFlight', options.inFlight ?? 16, 1, 1_000),
  }
  return { kind: 'dynamodb', delivery: 'at-least-once', open: (context) => openWriter(parsed, context) }
}

interface Transaction {
  readonly key: string | undefined
  readonly input: { readonly TransactItems: TransactionItem[]; readonly ClientRequestToken: string }
}

async function openWriter<T>(options: Parsed<T>, { operatorId, signal, metrics }: SinkContext): Promise<SinkWriter<T>> {
  const { connection } = options
  const what = `sink '${operatorId}'`
  const { library, client, calls, close } = await openClients({ what, connection, signal, metrics })
  const write = `TransactWriteItems of ${what}`
  const sender = new BatchSender<Transaction>(
    {
      ...{ maxCount: 1, maxBytes: 1, lingerMs: 0, maxInFlight: options.inFlight },
      ...{ maxBufferedBytes: MOST_WAITING, retryForMs: connection.retryForMs },
    },
    {
      keyOf: ({ key }) => key,
      async send([transaction]) {
        const command = new library.TransactWriteCommand((transaction as Transaction).input)
        try {
          await calls.once('TransactWriteItems', async (at) => {
            try {
              return await client.send(command, at)
            } catch (error) {
              throw canceled(error) ?? error
            }
          })
          return [undefined]
        } catch (error) {
          if (!(error instanceof TransactionCanceled)) throw error
          return [failureOf(error)]
        }
      },
      failureOf: (error) => requestFailure(write, error),
      onRetry: () => metrics?.counter('retries').add(1),
    },
  )

  const failureOf = ({ codes }: TransactionCanceled): EntryFailure | undefined => {
    if (codes.some((code) => PASSING.has(code))) {
      metrics?.counter('conflicts').add(1)
      return { retryable: true, error: awsError(write, new AwsFault('unavailable', 'TransactionCanceledException')) }
    }
    if (codes.includes('ConditionalCheckFailed') && options.onConditionFailed === 'skip') {
      metrics?.counter('conditionsFailed').add(1)
      return undefined
    }
    const reasons = `${write} was canceled: ${codes.join(', ')}`
    return { retryable: false, error: new MillraceConnectorError('DYNAMODB_TRANSACTION_REFUSED', reasons) }
  }

  const entryOf = (record: T): SizedEntry<Transaction> => {
    const TransactItems = [...options.transaction(record)]
    if (TransactItems.length < 1 || TransactItems.length > MOST_ITEMS) {
      throw invalidOption('transaction', `gave ${TransactItems.length} writes for a record, not 1 to ${MOST_ITEMS}`)
    }
    const ClientRequestToken = options.token(record)
    if (
      typeof ClientRequestToken !== 'string' ||
      ClientRequestToken === '' ||
      ClientRequestToken.length > LONGEST_TOKEN
    ) {
      throw invalidOption('token', `gave what is no text of 1 to ${LONGEST_TOKEN} characters for a record`)
    }
    return { entry: { key: options.key?.(record), input: { TransactItems, ClientRequestToken } }, bytes: 1 }
  }
  return new BatchSinkWriter<T, Transaction>({ sender, metrics: undefined, toEntry: entryOf, close })
}

// The service's names for an item's reason that may pass.
const PASSING: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
])

/** None of a transaction's writes was made: the code of each, `None` where it was not at fault. */
class TransactionCanceled extends AwsFault {
  readonly codes: readonly string[]

  constructor(codes: readonly string[]) {
    super('refused', 'TransactionCanceledException')
    this.codes = codes
  }
}

function canceled(error: unknown): TransactionCanceled | undefined {
  if (awsFault(error).errorName !== 'TransactionCanceledException') return undefined
  const reasons = (error as { CancellationReasons?: readonly { Code?: string }[] }).CancellationReasons ?? []
  return new TransactionCanceled(reasons.map(({ Code }) => (/^\w{1,60}$/.test(Code ?? '') ? (Code as string) : 'None')))
}
