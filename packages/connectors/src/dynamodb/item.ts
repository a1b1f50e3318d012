import type { NativeAttributeValue } from '@aws-sdk/lib-dynamodb'
import { MillraceConnectorError } from '../errors.ts'

/** An item as `@aws-sdk/lib-dynamodb` takes it: texts, numbers, booleans, null, bytes, lists, objects, sets. */
export type Item = Record<string, NativeAttributeValue>

/** What the service allows for an item, names and values. */
const MOST_ITEM_BYTES = 400 * 1024

/**
 * The size of an item as the service counts it, about: names and texts as UTF-8, numbers by their digits
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html).
 *
 * @throws DYNAMODB_ITEM_INVALID for what no item holds, and for one that is too large: with the path, without the value
 */
export function checkedItemBytes(item: Item): number {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw invalid('', 'is no object')
  const bytes = mapBytes(item, '')
  if (bytes <= MOST_ITEM_BYTES) return bytes
  throw new MillraceConnectorError(
    'DYNAMODB_ITEM_INVALID',
    `an item has about ${bytes} bytes, and the service takes ${MOST_ITEM_BYTES}`,
  )
}

function mapBytes(map: Readonly<Record<string, unknown>>, path: string): number {
  let bytes = 3
  for (const [name, value] of Object.entries(map)) {
    // As the library does, a field that is undefined is left out.
    if (value === undefined) continue
    bytes += Buffer.byteLength(name) + 1 + valueBytes(value, path === '' ? name : `${path}.${name}`)
  }
  return bytes
}

function valueBytes(value: unknown, path: string): number {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value)
    case 'number':
      if (!Number.isFinite(value)) throw invalid(path, 'is NaN or infinite, and an item holds finite numbers')
      if (Math.abs(value) > Number.MAX_SAFE_INTEGER || (value !== 0 && Math.abs(value) < 1e-130)) {
        throw invalid(path, 'is a number that an item does not hold exactly: map it to a bigint or a text')
      }
      return numberBytes(String(value))
    case 'bigint':
      return numberBytes(String(value))
    case 'boolean':
      return 1
    case 'object':
      return value === null ? 1 : objectBytes(value, path)
    default:
      throw invalid(path, `is ${typeof value}, which no item holds`)
  }
}

function objectBytes(value: object, path: string): number {
  if (value instanceof Uint8Array) return value.byteLength
  if (Array.isArray(value) || value instanceof Set) {
    if (value instanceof Set && value.size === 0) throw invalid(path, 'is an empty set, which no item holds')
    let bytes = 3
    let index = 0
    for (const part of value as Iterable<unknown>) bytes += 1 + valueBytes(part, `${path}[${index++}]`)
    return bytes
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return mapBytes(value as Record<string, unknown>, path)
  throw invalid(path, `is a ${value.constructor.name}: map it to a text, a number or a plain object`)
}

function numberBytes(digits: string): number {
  return Math.ceil(digits.replace(/\D/g, '').length / 2) + 1
}

function invalid(path: string, what: string): MillraceConnectorError {
  return new MillraceConnectorError(
    'DYNAMODB_ITEM_INVALID',
    `${path === '' ? 'an item' : `field ${path} of an item`} ${what}`,
  )
}
