import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { AWS_CONNECTION_OPTIONS, type AwsConnectionOptions, parseAwsConnection } from '../aws/aws-options.ts'
import type { Format } from '../formats/format.ts'
import { checkNames, functionOption, invalidOption, oneOf, wholeNumber } from '../option-checks.ts'
import type { S3Connection } from './bucket.ts'
import { HOUR_MS, type S3Layout } from './hour-folder.ts'
import { parseBucketName, parsePrefix } from './s3-names.ts'

/** Where a record was read. */
export interface S3RowPlace {
  /** The object's key, which is the split's id. */
  readonly key: string
  /** The line on which it begins; the first is 1. */
  readonly line: number
}

export interface S3SourceOptions<T, R = T> extends AwsConnectionOptions<S3Client, S3ClientConfig> {
  readonly bucket: string
  /** The folder that the hours' folders stand in. */
  readonly prefix: string
  /** Default `hive`. */
  readonly layout?: S3Layout
  /** The first hour, as a date, ms since 1970 or ISO 8601 (`2026-11-26T14:00Z`): the beginning of one, in UTC. */
  readonly from: Date | number | string
  /** The hour after the last. */
  readonly to: Date | number | string
  readonly format: Format<T>
  /** Only objects whose names end so, such as `.ndjson.gz`. Default: all. */
  readonly extensions?: readonly string[]
  /** Which objects are compressed. Default: those whose names end in `.gz`. */
  readonly gzip?: boolean
  /** Makes the record of what the format gives and of its place. Called once a record; what it throws fails the job. */
  readonly map?: (value: T, place: S3RowPlace) => R
  /**
   * How much of an object is asked for at once; of each that is read, up to two such pieces are kept. Default: from 256 KiB to 4 MiB, so that
   * those of all that are open come to 64 MiB; of more than 128 that are open together, one piece is kept.
   */
  readonly chunkBytes?: number
}

export interface ParsedS3Source<T, R> {
  readonly connection: S3Connection
  readonly bucket: string
  readonly prefix: string
  readonly layout: S3Layout
  readonly from: number
  readonly to: number
  readonly format: Format<T>
  readonly extensions: readonly string[] | undefined
  readonly gzip: boolean | undefined
  readonly map: ((value: T, place: S3RowPlace) => R) | undefined
  readonly chunkBytes: number | undefined
}

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  ...(['bucket', 'prefix', 'layout', 'from', 'to', 'format', 'extensions', 'gzip', 'map', 'chunkBytes'] as const),
] as const satisfies readonly (keyof S3SourceOptions<unknown>)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseS3Source<T, R>(options: S3SourceOptions<T, R>): ParsedS3Source<T, R> {
  checkNames('', options, NAMES)
  const { format, extensions, gzip } = options
  if (typeof format?.createDecoder !== 'function') throw invalidOption('format', 'is no format of rows such as json()')
  if (gzip !== undefined && typeof gzip !== 'boolean') {
    throw invalidOption('gzip', `is ${String(gzip)}, neither true nor false`)
  }
  for (const extension of extensions ?? []) {
    if (!/^\.[^/]+$/.test(extension)) throw invalidOption('extensions', `has '${extension}', which begins with no dot`)
  }
  const [from, to] = [parseHour('from', options.from), parseHour('to', options.to)]
  if (to <= from) throw invalidOption('to', 'is no later than from')
  return {
    connection: parseAwsConnection(options),
    bucket: parseBucketName(options.bucket),
    prefix: parsePrefix(options.prefix),
    layout: oneOf('layout', options.layout ?? 'hive', ['hive', 'plain']),
    from,
    to,
    format,
    extensions,
    gzip,
    map: functionOption('map', options.map),
    chunkBytes:
      options.chunkBytes === undefined
        ? undefined
        : wholeNumber('chunkBytes', options.chunkBytes, 1, 256 * 1024 * 1024),
  }
}

function parseHour(path: string, time: Date | number | string): number {
  if (typeof time === 'string' && !/(Z|[+-]\d\d:?\d\d)$/.test(time))
    throw invalidOption(path, 'has no time zone: end it in Z')
  const ms = typeof time === 'number' ? time : new Date(time).getTime()
  // The years that folders have names for.
  const isInRange = ms >= -62_167_219_200_000 && ms <= 253_402_300_800_000
  if (isInRange && ms % HOUR_MS === 0) return ms
  throw invalidOption(path, 'is not the beginning of an hour in UTC')
}
