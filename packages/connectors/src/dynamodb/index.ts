/**
 * Amazon DynamoDB, by `@aws-sdk/client-dynamodb` and `@aws-sdk/lib-dynamodb`.
 *
 * Sink. Delivery: at least once, and written again it changes nothing: with `newestBy` each key holds its newest by event time, else what
 * came last in the order of the stream. Order: that of each key. What a restart repeats: what came after the checkpoint.
 *
 * Transactions. Delivery: at least once; a token makes one that is made again within ten minutes have no second effect.
 *
 * Stream. Replay: from the sequence number of any change of the last 24 hours. Order: that of each key, across shards too. What a restart repeats:
 * what came after the checkpoint.
 *
 * Scan. A source that ends. Replay: from the key of any page; the table is not held still meanwhile. Order: none.
 */
export type { AwsBatchOptions } from '../aws/batch-options.ts'
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export type { DynamoDbChange } from './change.ts'
export type { Item } from './item.ts'
export type { ItemKey, KeyPart } from './item-key.ts'
export { type DynamoDbLookup, type DynamoDbLookupOptions, dynamoDbLookup } from './lookup.ts'
export { type DynamoDbScanOptions, dynamoDbScan } from './scan.ts'
export { dynamoDbSink } from './sink.ts'
export type { DynamoDbSinkOptions } from './sink-options.ts'
export { dynamoDbStream } from './stream.ts'
export type { DynamoDbPollOptions, DynamoDbStreamOptions } from './stream-options.ts'
export { type DynamoDbTransactionsOptions, dynamoDbTransactions, type TransactionItem } from './transactions.ts'
