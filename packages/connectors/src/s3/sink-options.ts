import type { CreateMultipartUploadCommandInput, S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import type { Duration } from '@millrace/core/connector'
import { AWS_CONNECTION_OPTIONS, type AwsConnectionOptions, parseAwsConnection } from '../aws/aws-options.ts'
import type { LineFormat } from '../formats/format.ts'
import { checkNames, durationMs, invalidOption, oneOf, wholeNumber } from '../option-checks.ts'
import type { S3Connection } from './bucket.ts'
import type { S3Layout } from './hour-folder.ts'
import { parseBucketName, parsePrefix } from './s3-names.ts'
import { LEAST_PART_BYTES, MOST_PARTS } from './upload.ts'

/** What objects are made with besides their bytes: passed on as it is. */
export type S3ObjectSettings = Pick<
  CreateMultipartUploadCommandInput,
  'ACL' | 'BucketKeyEnabled' | 'ContentType' | 'ServerSideEncryption' | 'SSEKMSKeyId' | 'StorageClass' | 'Tagging'
>

export interface S3SinkOptions<T> extends AwsConnectionOptions<S3Client, S3ClientConfig> {
  readonly bucket: string
  /** The folder that the hours' folders stand in, such as `ward/raw`. It belongs to this sink. */
  readonly prefix: string
  /** How a record becomes a line, such as `json()`. */
  readonly format: LineFormat<T>
  /** Compresses each object. Default false. */
  readonly gzip?: boolean
  /** How names end. Default `.ndjson` for `json()`, else `.txt`; with `gzip` followed by `.gz`. */
  readonly extension?: string
  /** Default `hive`. */
  readonly layout?: S3Layout
  /** Whose hour it is: the record's event time, or the job's clock as it is written. Default `event-time`. */
  readonly hourOf?: 'event-time' | 'processing-time'
  /** An object is closed so long after its first record, by the job's clock, ... Default 5 m. */
  readonly closeAfter?: Duration
  /** ... or with so many bytes of lines before compression, about, or at a checkpoint, whichever comes first. Default 64 MiB. */
  readonly closeAtBytes?: number
  /** Default `exactly-once`: objects appear when their checkpoint is durable. `at-least-once`: as soon as they are closed. */
  readonly delivery?: 'exactly-once' | 'at-least-once'
  /** Larger objects go in parts of so many bytes. From 5 MiB; default 8 MiB. */
  readonly partBytes?: number
  /** Hours that have an object open at a time; one more closes the one that was written to least recently. Default 64. */
  readonly maxOpenObjects?: number
  /** What may wait in memory over all open objects; beyond it the largest is closed. Default 64 MiB. */
  readonly maxBufferedBytes?: number
  /** Requests under way at a time; a part that is under way is in memory beside `maxBufferedBytes`. Default 4. */
  readonly inFlight?: number
  readonly object?: S3ObjectSettings
  /**
   * What a job that starts from the beginning does where its objects are there already: `refuse` fails with `S3_TARGET_EXISTS`, `append`
   * keeps them and goes on beside them. Default `refuse`.
   */
  readonly whenExists?: 'refuse' | 'append'
  /**
   * What a job that goes on from a checkpoint does with its objects of later checkpoints: `refuse` fails with `S3_OBJECTS_AHEAD`, `remove`
   * deletes them, since their records are written again. Default `refuse`.
   */
  readonly whenAhead?: 'refuse' | 'remove'
  /** What happens where an upload that a checkpoint counts on is gone. `continue` counts `lostUploads`. Default `fail`. */
  readonly onLostUpload?: 'fail' | 'continue'
}

export interface ParsedS3Sink<T> {
  readonly connection: S3Connection
  readonly bucket: string
  readonly prefix: string
  readonly format: LineFormat<T>
  readonly gzip: boolean
  readonly extension: string
  readonly layout: S3Layout
  readonly hourOf: 'event-time' | 'processing-time'
  readonly closeAfterMs: number
  readonly closeAtBytes: number
  readonly delivery: 'exactly-once' | 'at-least-once'
  readonly partBytes: number
  readonly maxOpenObjects: number
  readonly maxBufferedBytes: number
  readonly inFlight: number
  readonly object: S3ObjectSettings
  readonly whenExists: 'refuse' | 'append'
  readonly whenAhead: 'refuse' | 'remove'
  readonly onLostUpload: 'fail' | 'continue'
}

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  ...(['bucket', 'prefix', 'format', 'gzip', 'extension', 'layout', 'hourOf', 'closeAfter', 'closeAtBytes'] as const),
  ...(['delivery', 'partBytes', 'maxOpenObjects', 'maxBufferedBytes', 'inFlight', 'object'] as const),
  ...(['whenExists', 'whenAhead', 'onLostUpload'] as const),
] as const satisfies readonly (keyof S3SinkOptions<unknown>)[]

const MIB = 1024 * 1024
const GIB = 1024 * MIB
/** What a part may have; also of memory. */
const MOST_PART_BYTES = GIB

/** @throws CONNECTOR_OPTION_INVALID */
export function parseS3Sink<T>(options: S3SinkOptions<T>): ParsedS3Sink<T> {
  checkNames('', options, NAMES)
  const { format, gzip = false } = options
  if (typeof format?.encode !== 'function') throw invalidOption('format', 'is no format of lines such as json()')
  if (typeof gzip !== 'boolean') throw invalidOption('gzip', `is ${String(gzip)}, neither true nor false`)
  const partBytes = wholeNumber('partBytes', options.partBytes ?? 8 * MIB, LEAST_PART_BYTES, MOST_PART_BYTES)
  // What cannot be compressed grows a little, and an object goes over its size by a line.
  const mostBytes = Math.floor(partBytes * MOST_PARTS * 0.9)
  return {
    connection: parseAwsConnection(options),
    bucket: parseBucketName(options.bucket),
    prefix: parsePrefix(options.prefix),
    format,
    gzip,
    extension: parseExtension(options.extension ?? (format.name === 'json' ? '.ndjson' : '.txt')) + (gzip ? '.gz' : ''),
    layout: oneOf('layout', options.layout ?? 'hive', ['hive', 'plain']),
    hourOf: oneOf('hourOf', options.hourOf ?? 'event-time', ['event-time', 'processing-time']),
    closeAfterMs: durationMs('closeAfter', options.closeAfter ?? '5m', 1),
    closeAtBytes: wholeNumber('closeAtBytes', options.closeAtBytes ?? 64 * MIB, 1, mostBytes),
    delivery: oneOf('delivery', options.delivery ?? 'exactly-once', ['exactly-once', 'at-least-once']),
    partBytes,
    maxOpenObjects: wholeNumber('maxOpenObjects', options.maxOpenObjects ?? 64, 1, 10_000),
    maxBufferedBytes: wholeNumber('maxBufferedBytes', options.maxBufferedBytes ?? 64 * MIB, 1, 16 * GIB),
    inFlight: wholeNumber('inFlight', options.inFlight ?? 4, 1, 50),
    object: options.object ?? {},
    whenExists: oneOf('whenExists', options.whenExists ?? 'refuse', ['refuse', 'append']),
    whenAhead: oneOf('whenAhead', options.whenAhead ?? 'refuse', ['refuse', 'remove']),
    onLostUpload: oneOf('onLostUpload', options.onLostUpload ?? 'fail', ['fail', 'continue']),
  }
}

function parseExtension(extension: string): string {
  if (typeof extension === 'string' && /^(\.\w{1,20}){1,4}$/.test(extension)) return extension
  throw invalidOption('extension', "is no ending such as '.ndjson'")
}
