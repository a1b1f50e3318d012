import { MillraceError } from '../errors.ts'

declare const composite: unique symbol

/** Several keys as one: made by `key(a, b)`, taken apart by `keyParts`. */
export type CompositeKey = string & { readonly [composite]: true }

/** What a stream can be keyed by. An object would never match itself again, so it is refused. */
export type Key = string | number | bigint | boolean | CompositeKey

// A control character that no key of a reader's own starts with; `key` escapes it in front of a plain string.
const COMPOSITE_MARK = '\u0001'

/**
 * Several keys as one. Equal parts of equal types give equal keys, and no others do.
 *
 * @throws CORE_KEY_INVALID for a part that is no key.
 * @example
 * ```ts
 * import { key, keyParts } from '@millrace/core'
 * keyParts(key('ward-3', 7)) // => ['ward-3', 7]
 * ```
 */
export function key(...parts: readonly [Key, Key, ...Key[]]): CompositeKey {
  return (COMPOSITE_MARK + JSON.stringify(parts.map((part) => canonicalText(checkKey(part))))) as CompositeKey
}

/** The parts of a key made by `key`; a plain key is its own only part. */
export function keyParts(value: Key): Key[] {
  if (typeof value !== 'string' || !value.startsWith(COMPOSITE_MARK)) return [value]
  return (JSON.parse(value.slice(COMPOSITE_MARK.length)) as string[]).map(fromCanonicalText)
}

/** The key itself. @throws CORE_KEY_INVALID for an object, null, undefined, NaN or an infinity. */
export function checkKey(value: unknown): Key {
  switch (typeof value) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return value
    case 'number':
      if (Number.isFinite(value)) return value
      throw new MillraceError('CORE_KEY_INVALID', 'a key was a number that is not finite')
    default:
      throw new MillraceError('CORE_KEY_INVALID', `a key was of type ${value === null ? 'null' : typeof value}`)
  }
}

/** One text a key, tagged with its type: `n:1` is not `s:1`. */
export function canonicalText(value: Key): string {
  switch (typeof value) {
    case 'string':
      return `s:${value}`
    case 'number':
      return `n:${value === 0 ? 0 : value}`
    case 'bigint':
      return `i:${value}`
    default:
      return `b:${value}`
  }
}

function fromCanonicalText(text: string): Key {
  const body = text.slice(2)
  switch (text[0]) {
    case 'n':
      return Number(body)
    case 'i':
      return BigInt(body)
    case 'b':
      return body === 'true'
    default:
      return body
  }
}

const TYPE_ORDER: Record<string, number> = { boolean: 0, number: 1, bigint: 2, string: 3 }

/** A total order over keys: by type, then by value (strings by UTF-16 code unit). Timers of one time fire in it. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0
  return (TYPE_ORDER[typeof a] as number) - (TYPE_ORDER[typeof b] as number)
}
