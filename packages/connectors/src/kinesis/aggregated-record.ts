import { createHash } from 'node:crypto'
import { protobufFields } from './protobuf-fields.ts'

/** One of the records that a producer has put into one record of Kinesis. */
export interface UserRecord {
  readonly partitionKey: string
  readonly explicitHashKey: string | undefined
  readonly data: Buffer
}

const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2])
const DIGEST_BYTES = 16

/**
 * The user records of an aggregate, as the Kinesis Producer Library makes them: a magic number, a protobuf message, the message's MD5
 * (https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md).
 *
 * `undefined` for a record that is none: it begins otherwise, or the digest is another one. `'invalid'` where the digest is right and the
 * message is not what the format says.
 */
export function userRecordsOf(data: Buffer): readonly UserRecord[] | 'invalid' | undefined {
  if (data.length < MAGIC.length + DIGEST_BYTES || !data.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  const message = data.subarray(MAGIC.length, data.length - DIGEST_BYTES)
  const digest = createHash('md5').update(message).digest()
  if (!digest.equals(data.subarray(data.length - DIGEST_BYTES))) return undefined
  return parsed(message) ?? 'invalid'
}

/** `message AggregatedRecord { repeated string partition_key_table = 1; repeated string explicit_hash_key_table = 2; repeated Record records = 3; }` */
function parsed(message: Buffer): readonly UserRecord[] | undefined {
  const fields = protobufFields(message)
  if (fields === undefined) return undefined
  const partitionKeys: string[] = []
  const hashKeys: string[] = []
  const records: Buffer[] = []
  for (const { number, value } of fields) {
    if (number > 3) continue
    if (typeof value === 'number') return undefined
    if (number === 1) partitionKeys.push(value.toString())
    else if (number === 2) hashKeys.push(value.toString())
    else records.push(value)
  }
  const users: UserRecord[] = []
  for (const record of records) {
    const user = parsedRecord(record, partitionKeys, hashKeys)
    if (user === undefined) return undefined
    users.push(user)
  }
  return users
}

/** `message Record { required uint64 partition_key_index = 1; optional uint64 explicit_hash_key_index = 2; required bytes data = 3; repeated Tag tags = 4; }` */
function parsedRecord(
  record: Buffer,
  partitionKeys: readonly string[],
  hashKeys: readonly string[],
): UserRecord | undefined {
  let partitionKey: string | undefined
  let explicitHashKey: string | undefined
  let data: Buffer | undefined
  for (const { number, value } of protobufFields(record) ?? []) {
    if (number === 1 && typeof value === 'number') partitionKey = partitionKeys[value]
    if (number === 2) {
      explicitHashKey = typeof value === 'number' ? hashKeys[value] : undefined
      if (explicitHashKey === undefined) return undefined
    }
    if (number === 3 && typeof value !== 'number') data = value
  }
  return partitionKey === undefined || data === undefined ? undefined : { partitionKey, explicitHashKey, data }
}

/** Where a record belongs: its explicit hash key, else the MD5 of its partition key as a number. */
export function hashKeyOf({ partitionKey, explicitHashKey }: UserRecord): bigint {
  if (explicitHashKey !== undefined && /^\d{1,39}$/.test(explicitHashKey)) return BigInt(explicitHashKey)
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`)
}
