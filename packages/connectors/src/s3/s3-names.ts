import { invalidOption, text } from '../option-checks.ts'

/** @throws CONNECTOR_OPTION_INVALID */
export function parseBucketName(bucket: unknown): string {
  const name = text('bucket', bucket)
  if (/^[\w.:/-]{3,2048}$/.test(name)) return name
  throw invalidOption('bucket', "is no bucket's name, nor the ARN of an access point")
}

/** A folder of a bucket, without a slash at its ends. @throws CONNECTOR_OPTION_INVALID */
export function parsePrefix(prefix: unknown): string {
  const path = text('prefix', prefix)
  const isClean = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  if (isClean && path.isWellFormed() && Buffer.byteLength(path) <= 700) return path
  throw invalidOption(
    'prefix',
    "is no folder such as 'ward/raw': no slash at its ends, no empty part, at most 700 bytes",
  )
}
