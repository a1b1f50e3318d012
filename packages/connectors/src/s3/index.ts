/**
 * Amazon S3, and any store that speaks as it does (conditional writes and multipart uploads), by `@aws-sdk/client-s3`.
 *
 * Sink. Delivery: exactly once; readers see a checkpoint's objects when it is committed, each whole. Order: as written, within an object.
 * What a restart repeats: nothing; uploads that a checkpoint counts on are completed by the successor, others are aborted. It holds for as
 * long as nobody removes uploads under way (a lifecycle rule: S3_UPLOAD_LOST). With `delivery: 'at-least-once'` objects appear when they are closed,
 * and a restart writes again what came after its checkpoint.
 *
 * Source. Replay: from any row, as often as wanted; an object that was written over since is refused. Order: that of each object. Bounded: ends with the last hour.
 *
 * Checkpoints in a bucket: of two processes that run the same job, the one that started last goes on, and what the other is in the middle
 * of has no effect, as with `fileStorage`. The store has to heed conditions of writes (If-Match, If-None-Match), which is tried at the start.
 */
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export { s3CheckpointStorage } from './checkpoint-storage.ts'
export type { S3CheckpointStorageOptions } from './checkpoint-storage-options.ts'
export type { S3Layout } from './hour-folder.ts'
export { s3Sink } from './sink.ts'
export type { S3ObjectSettings, S3SinkOptions } from './sink-options.ts'
export { s3Source } from './source.ts'
export type { S3RowPlace, S3SourceOptions } from './source-options.ts'
