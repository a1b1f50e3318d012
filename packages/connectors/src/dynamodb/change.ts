import type { _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams'
import type { Item } from './item.ts'

/** A change of one item, as a table's stream has it. */
export interface DynamoDbChange<T = Item> {
  readonly change: 'insert' | 'modify' | 'remove'
  readonly keys: Item
  /** The item before, where the stream's view has it. */
  readonly oldImage: T | undefined
  /** The item after, where the stream's view has it; `undefined` of a removal. */
  readonly newImage: T | undefined
  /** When it happened by the service's clock, about to the second, in ms since 1970 UTC. */
  readonly time: number
  /** The service removed the item, since its time to live was over. */
  readonly isExpiry: boolean
  readonly shardId: string
  /** Decimal digits: too long for a number. */
  readonly sequenceNumber: string
}

type Unmarshall = typeof import('@aws-sdk/util-dynamodb').unmarshall

const CHANGES = { INSERT: 'insert', MODIFY: 'modify', REMOVE: 'remove' } as const

/** A record of a stream as a change; or why it is none, without a value. */
export function changeOf(record: StreamRecord, shardId: string, unmarshall: Unmarshall): DynamoDbChange | string {
  const { eventName, dynamodb: data, userIdentity } = record
  if (eventName === undefined || !Object.hasOwn(CHANGES, eventName) || data?.Keys === undefined) {
    return 'has no name of a change, or no key'
  }
  const item = (image: NonNullable<typeof data.Keys>) => unmarshall(image, { wrapNumbers: numberOf })
  return {
    change: CHANGES[eventName],
    keys: item(data.Keys),
    oldImage: data.OldImage && item(data.OldImage),
    newImage: data.NewImage && item(data.NewImage),
    time: data.ApproximateCreationDateTime?.getTime() ?? 0,
    isExpiry: userIdentity?.Type === 'Service' && userIdentity.PrincipalId === 'dynamodb.amazonaws.com',
    shardId,
    sequenceNumber: data.SequenceNumber ?? '',
  }
}

/**
 * A number as the service writes it; a bigint where it is whole and too large, and the digits as a text where JavaScript has no number for
 * it: the one who wrote it must not keep others from being read.
 */
function numberOf(digits: string): number | bigint | string {
  const value = Number(digits)
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
  return /^-?\d+$/.test(digits) ? BigInt(digits) : digits
}
