import { invalidOption } from '../option-checks.ts'
import type { Item } from './item.ts'

export type KeyPart = string | number | Uint8Array

/** The values of a table's key: of the partition key, or of it and the sort key. */
export type ItemKey = KeyPart | readonly [partition: KeyPart, sort: KeyPart]

/** The names of a table's key attributes, partition key first. */
export type KeyNames = readonly [partition: string, sort?: string]

/** The attributes of a key. @throws CONNECTOR_OPTION_INVALID where the function gave what is no key of the table; it is not shown */
export function keyAttributes(names: KeyNames, key: ItemKey): Item {
  const parts: readonly unknown[] = Array.isArray(key) ? key : [key]
  const needed = names[1] === undefined ? 1 : 2
  if (parts.length !== needed) {
    throw invalidOption(
      'key',
      `gave ${parts.length} values for a record, and the table's key has ${needed}: ${names.join(', ')}`,
    )
  }
  const attributes: Item = {}
  for (const [index, part] of parts.entries()) {
    const name = names[index] as string
    if (typeof part === 'string' ? part !== '' : typeof part === 'number' ? Number.isFinite(part) : isBytes(part)) {
      attributes[name] = part
      continue
    }
    throw invalidOption('key', `gave ${typeof part} for ${name}, neither a text, a number nor bytes that are not empty`)
  }
  return attributes
}

/** Equal for equal keys: for maps. */
export function keyText(names: KeyNames, item: Item): string {
  return names.map((name) => partText(item[name as string])).join('\u0000')
}

function partText(part: unknown): string {
  if (part === undefined) return ''
  if (typeof part === 'string') return `s${part}`
  return part instanceof Uint8Array ? `b${Buffer.from(part).toString('base64')}` : `n${String(part)}`
}

function isBytes(part: unknown): boolean {
  return part instanceof Uint8Array && part.byteLength > 0
}
