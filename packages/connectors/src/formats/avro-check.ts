import { isUtf8 } from 'node:buffer'
import type { Type, types } from 'avsc'
import { exactLong } from './avro-primitives.ts'
import { Undecodable } from './message-format.ts'

/** Why bytes from `from` to their end are no value of a type; `undefined` where they are one. */
export type AvroCheck = (bytes: Buffer, from: number, longs?: 'safe') => Undecodable | undefined

/**
 * Walks along a value of the writer's type before avsc reads it. avsc trusts its bytes: a count of items that are not
 * there keeps it busy until the process has no memory, text that is no UTF-8 and ints above 32 bits pass. And it does
 * not say where a value is broken.
 *
 * A reason is made of field names, positions in arrays and rules; keys of maps are data and are shown as `*`. With
 * `longs: 'safe'`, a long that a number cannot hold is a fault as well.
 */
export function avroCheck(type: Type): AvroCheck {
  const walk = walkOf(type, new Map())
  return (bytes, from, longs) => {
    const cursor = new Cursor(bytes, from, longs === 'safe')
    if (walk(cursor) && (cursor.at === bytes.length || cursor.fail('avro-invalid', 'bytes after the value'))) {
      return undefined
    }
    const path = cursor.path.replace(/^\./, '') || '(value)'
    return new Undecodable(cursor.code, `${path}: ${cursor.rule}, byte ${cursor.at}`)
  }
}

/** Moves the cursor over a value; false where it cannot, with the reason in the cursor. */
type Walk = (cursor: Cursor) => boolean

/** Items that take no bytes (nulls) in one message: a count of them is all there is to limit them by. */
const MAX_EMPTY_ITEMS = 1_048_576

class Cursor {
  readonly bytes: Buffer
  readonly isSafe: boolean
  at: number
  emptyItems = 0
  code = ''
  rule = ''
  /** Of the fault: `.vitals[2].spo2`; each level that it passes on its way out puts itself before it. */
  path = ''

  constructor(bytes: Buffer, from: number, isSafe: boolean) {
    this.bytes = bytes
    this.at = from
    this.isSafe = isSafe
  }

  fail(code: string, rule: string): false {
    this.code = code
    this.rule = rule
    return false
  }

  /** A whole number of at most `most` bytes; NaN where there is none. One beyond 2^52 is not exact, nor is its sign. */
  number(most: 5 | 10): number {
    const { bytes } = this
    const start = this.at
    let byte = bytes[this.at++]
    if (byte === undefined) return this.#noNumber('ends too early')
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    let factor = 0x80
    while (byte >= 0x80) {
      byte = bytes[this.at++]
      if (byte === undefined) return this.#noNumber('ends too early')
      const length = this.at - start
      // Of the last byte a 32 bit number has four bits, a 64 bit number one.
      if (length > most || (length === most && byte > (most === 5 ? 0x0f : 0x01))) {
        return this.#noNumber(most === 5 ? 'more than 32 bits' : 'more than 64 bits')
      }
      value += (byte & 0x7f) * factor
      factor *= 0x80
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  skip(count: number): boolean {
    if (Number.isNaN(count)) return false
    if (count < 0) return this.fail('avro-invalid', 'a length below 0')
    if (count > this.bytes.length - this.at) return this.fail('avro-invalid', 'ends too early')
    this.at += count
    return true
  }

  #noNumber(rule: string): number {
    this.at = Math.min(this.at, this.bytes.length)
    this.fail('avro-invalid', rule)
    return Number.NaN
  }
}

function walkOf(type: Type, known: Map<Type, Walk>): Walk {
  const before = known.get(type)
  if (before !== undefined) return before
  // A record may hold itself: its walk is known by then, and made when this has returned.
  let made: Walk | undefined
  known.set(type, (cursor) => (made as Walk)(cursor))
  made = makeWalk(type, known)
  known.set(type, made)
  return made
}

function makeWalk(type: Type, known: Map<Type, Walk>): Walk {
  const { typeName } = type
  if (typeName.startsWith('logical:')) return walkOf((type as types.LogicalType).underlyingType, known)
  switch (typeName) {
    case 'null':
      return () => true
    case 'boolean':
      return walkBoolean
    case 'int':
      return (cursor) => !Number.isNaN(cursor.number(5))
    case 'long':
    case 'abstract:long':
      return walkLong
    case 'float':
      return (cursor) => cursor.skip(4)
    case 'double':
      return (cursor) => cursor.skip(8)
    case 'bytes':
      return (cursor) => cursor.skip(cursor.number(10))
    case 'string':
      return walkText
    case 'fixed': {
      const { size } = type as types.FixedType
      return (cursor) => cursor.skip(size)
    }
    case 'enum': {
      const count = (type as types.EnumType).symbols.length
      return (cursor) => isIndex(cursor, cursor.number(10), count, 'no such symbol')
    }
    case 'union:wrapped':
    case 'union:unwrapped':
      return walkUnion((type as types.WrappedUnionType).types.map((branch) => walkOf(branch, known)))
    case 'array':
      return walkArray(walkOf((type as types.ArrayType).itemsType, known))
    case 'map':
      return walkMap(walkOf((type as types.MapType).valuesType as Type, known))
    case 'record':
    case 'error': {
      const { fields } = type as types.RecordType
      return walkRecord(
        fields.map((field) => `.${field.name}`),
        fields.map((field) => walkOf(field.type, known)),
      )
    }
    default:
      throw new Error(`unknown type: ${typeName}`)
  }
}

function walkBoolean(cursor: Cursor): boolean {
  const at = cursor.at
  if (!cursor.skip(1)) return false
  return (cursor.bytes[at] as number) <= 1 || cursor.fail('avro-invalid', 'neither 0 nor 1')
}

function walkLong(cursor: Cursor): boolean {
  const { at } = cursor
  if (Number.isNaN(cursor.number(10))) return false
  if (!cursor.isSafe || Number.isSafeInteger(Number(exactLong(cursor.bytes, at)))) return true
  return cursor.fail('avro-long-unsafe', 'a long with more digits than a number holds')
}

function walkText(cursor: Cursor): boolean {
  const length = cursor.number(10)
  const start = cursor.at
  if (!cursor.skip(length)) return false
  return isText(cursor.bytes, start, cursor.at) || cursor.fail('utf8-invalid', 'not UTF-8')
}

function isText(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > 256) return isUtf8(bytes.subarray(start, end))
  for (let i = start; i < end; i++) {
    if ((bytes[i] as number) >= 0x80) return isUtf8(bytes.subarray(i, end))
  }
  return true
}

function isIndex(cursor: Cursor, index: number, count: number, otherwise: string): boolean {
  if (Number.isNaN(index)) return false
  return (index >= 0 && index < count) || cursor.fail('avro-invalid', otherwise)
}

function walkUnion(branches: readonly Walk[]): Walk {
  return (cursor) => {
    const index = cursor.number(10)
    return isIndex(cursor, index, branches.length, 'no such branch') && (branches[index] as Walk)(cursor)
  }
}

function walkRecord(names: readonly string[], fields: readonly Walk[]): Walk {
  return (cursor) => {
    for (let i = 0; i < fields.length; i++) {
      if (!(fields[i] as Walk)(cursor)) {
        cursor.path = (names[i] as string) + cursor.path
        return false
      }
    }
    return true
  }
}

function walkArray(item: Walk): Walk {
  return (cursor) =>
    walkBlocks(cursor, (index) => {
      if (item(cursor)) return true
      cursor.path = `[${index}]${cursor.path}`
      return false
    })
}

function walkMap(value: Walk): Walk {
  return (cursor) =>
    walkBlocks(cursor, () => {
      const start = cursor.at
      if (walkText(cursor) && isKey(cursor, start) && value(cursor)) return true
      cursor.path = `.*${cursor.path}`
      return false
    })
}

/** avsc puts values on a plain object, where this key means something else. */
function isKey(cursor: Cursor, start: number): boolean {
  const isProto = cursor.at - start === 10 && cursor.bytes.toString('latin1', start + 1, cursor.at) === '__proto__'
  return !isProto || cursor.fail('avro-invalid', 'a key that no object can hold')
}

/** Items come in blocks, each with its count before it, or its count below 0 and its bytes; a block of none ends them. */
function walkBlocks(cursor: Cursor, item: (index: number) => boolean): boolean {
  let index = 0
  for (;;) {
    const count = cursor.number(10)
    if (Number.isNaN(count)) return false
    if (count === 0) return true
    const bytes = count < 0 ? cursor.number(10) : undefined
    if (Number.isNaN(bytes)) return false
    const start = cursor.at
    for (const end = index + Math.abs(count); index < end; index++) {
      const before = cursor.at
      if (!item(index)) return false
      if (cursor.at === before && ++cursor.emptyItems > MAX_EMPTY_ITEMS) {
        return cursor.fail('avro-invalid', `more than ${MAX_EMPTY_ITEMS} items without bytes`)
      }
    }
    if (bytes !== undefined && cursor.at - start !== bytes) {
      return cursor.fail('avro-invalid', 'a block that has not the bytes that it says')
    }
  }
}
