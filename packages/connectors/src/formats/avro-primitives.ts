import type { Type } from 'avsc'
import type { Avsc } from './avro-schema.ts'

/** By name; each stands in for avsc's own type of that name. */
export type Primitives = Readonly<Record<string, Type>>

/**
 * Primitive types that lose nothing. avsc's own flip the sign of longs below -2^52, in reading, writing and where a long
 * is read as a double, and write U+FFFD for what is no Unicode.
 */
export function exactPrimitives(avsc: Avsc, longs: 'number' | 'bigint'): Primitives {
  const of = (name: string) => avsc.Type.forSchema(name) as PrimitiveType
  const long = of('long')
  const float = of('float')
  const double = of('double')
  const string = of('string')
  return {
    long:
      longs === 'bigint'
        ? bigintLong(avsc)
        : derive(long, { _read: readLong, ...only(Number.isSafeInteger, writeLong) }),
    float: derive(float, { _update: updateReal(float) }),
    double: derive(double, { _update: updateReal(double) }),
    string: derive(
      string,
      only(isText, (tap, value) => string._write(tap, value)),
    ),
  }
}

/** The whole number whose bytes begin at `at`. */
export function exactLong(bytes: Buffer, at: number): bigint {
  let value = 0n
  for (let shift = 0n; ; shift += 7n, at++) {
    const byte = bytes[at] ?? 0
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return value & 1n ? -(value + 1n) / 2n : value / 2n
  }
}

/** What avsc reads from and writes to: fails silently at the end of its buffer. */
interface Tap {
  readonly buf: Buffer
  readonly pos: number
  readLong(): number
  writeLong(value: number): void
  writeFixed(bytes: Buffer): void
}

/** avsc's own methods of a type, which its declarations leave out. */
interface TypeMethods {
  _check(value: unknown, flags: number, hook?: (value: unknown, type: Type) => void): boolean
  _read(tap: Tap): unknown
  _write(tap: Tap, value: unknown): void
  /** Gives the resolver its `_read`, where this type can read what the other wrote. */
  _update(resolver: { _read?: (tap: Tap) => unknown }, writer: PrimitiveType): void
}

type PrimitiveType = Type & TypeMethods

function derive(type: PrimitiveType, methods: Partial<TypeMethods>): Type {
  return Object.freeze(Object.assign(Object.create(type) as Type, methods))
}

/** Zig-zag doubles a number: up to here that is exact. */
const EXACT = 2 ** 52

function readLong(tap: Tap): number {
  const at = tap.pos
  const near = tap.readLong()
  if (near < EXACT && near > -EXACT) return near
  const exact = Number(exactLong(tap.buf, at))
  if (Number.isSafeInteger(exact)) return exact
  throw new Error('a long with more digits than a number holds')
}

/** The methods of a type that takes only some values; the others' faults are told by avsc's `isValid`. */
function only(isOne: (value: unknown) => boolean, write: (tap: Tap, value: unknown) => void): Partial<TypeMethods> {
  return {
    _check(this: Type, value, _flags, hook) {
      const isValid = isOne(value)
      if (!isValid) hook?.(value, this)
      return isValid
    },
    _write: (tap, value) => {
      if (!isOne(value)) throw new Error('no value of the type')
      write(tap, value)
    },
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed()
}

function writeLong(tap: Tap, value: unknown): void {
  const long = value as number
  if (long > -EXACT) tap.writeLong(long)
  else tap.writeFixed(zigZag(BigInt(long)))
}

/** Of a number below 0. */
function zigZag(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = -value * 2n - 1n
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

function updateReal(real: PrimitiveType): TypeMethods['_update'] {
  return function (this: Type, resolver, writer) {
    real._update(resolver, writer)
    if (writer.typeName !== 'long' && writer.typeName !== 'abstract:long') return
    resolver._read = (tap) => {
      const at = tap.pos
      const near = tap.readLong()
      return near < EXACT && near > -EXACT ? near : Number(exactLong(tap.buf, at))
    }
  }
}

function bigintLong(avsc: Avsc): Type {
  return avsc.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(value)
      return bytes
    },
    fromJSON: BigInt,
    toJSON: String,
    isValid: (value: unknown) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
    compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
  })
}
