import { invalidOption } from '../option-checks.ts'
import type { Item } from './item.ts'
import { type KeyNames, keyAttributes } from './item-key.ts'
import type { ParsedDynamoDbSink } from './sink-options.ts'

type EncoderOptions<T> = Pick<ParsedDynamoDbSink<T>, 'key' | 'item' | 'expiresAt' | 'ttlAttribute'>

/** A record's key, and its item: what the options say, the key, and when it may be deleted. */
export class ItemEncoder<T> {
  readonly #options: EncoderOptions<T>
  readonly #keyNames: KeyNames

  constructor(options: EncoderOptions<T>, keyNames: KeyNames) {
    this.#options = options
    this.#keyNames = keyNames
  }

  keyOf(record: T): Item {
    return keyAttributes(this.#keyNames, this.#options.key(record))
  }

  itemOf(record: T, key: Item): Item {
    const { item, expiresAt, ttlAttribute } = this.#options
    const given = item === undefined ? (record as unknown) : item(record)
    if (typeof given !== 'object' || given === null) throw invalidOption('item', `is ${typeof given}, not an object`)
    const at = expiresAt?.(record)
    if (at === undefined) return { ...(given as Item), ...key }
    if (!Number.isFinite(at)) throw invalidOption('expiresAt', 'gave no finite number of ms for a record')
    return { ...(given as Item), ...key, [ttlAttribute]: Math.ceil(at / 1_000) }
  }
}
