import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { AWS_CONNECTION_OPTIONS, type AwsConnectionOptions, parseAwsConnection } from '../aws/aws-options.ts'
import { checkNames, wholeNumber } from '../option-checks.ts'
import type { S3Connection } from './bucket.ts'
import { parseBucketName, parsePrefix } from './s3-names.ts'
import { LEAST_PART_BYTES } from './upload.ts'

export interface S3CheckpointStorageOptions extends AwsConnectionOptions<S3Client, S3ClientConfig> {
  readonly bucket: string
  /** The folder of the checkpoints, such as `jobs/ward`. One job a folder, and nothing else in it. */
  readonly prefix: string
  /** How many of the newest checkpoints stay. Default 3, at least 1. */
  readonly keep?: number
  /** Larger checkpoints go in parts of so many bytes. From 5 MiB; default 8 MiB. */
  readonly partBytes?: number
}

export interface ParsedCheckpointStorage {
  readonly connection: S3Connection
  readonly bucket: string
  readonly prefix: string
  readonly keep: number
  readonly partBytes: number
}

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  ...(['bucket', 'prefix', 'keep', 'partBytes'] as const),
] as const satisfies readonly (keyof S3CheckpointStorageOptions)[]
const MIB = 1024 * 1024

/** @throws CONNECTOR_OPTION_INVALID */
export function parseCheckpointStorage(options: S3CheckpointStorageOptions): ParsedCheckpointStorage {
  checkNames('', options, NAMES)
  return {
    connection: parseAwsConnection(options),
    bucket: parseBucketName(options.bucket),
    prefix: parsePrefix(options.prefix),
    keep: wholeNumber('keep', options.keep ?? 3, 1, 1_000),
    partBytes: wholeNumber('partBytes', options.partBytes ?? 8 * MIB, LEAST_PART_BYTES, 1024 * MIB),
  }
}
