import type { Type, types } from 'avsc'
import { MillraceConnectorError } from '../errors.ts'
import { avroCheck } from './avro-check.ts'
import { type Decoded, Undecodable } from './message-format.ts'

/** Reads the value that begins at `from` and ends with the bytes. */
export type ReadAvro<T> = (bytes: Buffer, from: number) => Decoded<T>

/** Writes a value, leaving `from` bytes free before it. */
export type WriteAvro<T> = (value: T, from: number) => Buffer

/**
 * Reads what was written by one schema, as another (the rules are those of Avro's schema resolution, but that each
 * branch of a writer's union has to fit the reader).
 *
 * @throws what avsc throws where the reader's schema cannot read the writer's.
 */
export function avroReader<T>(writer: Type, reader: Type): ReadAvro<T> {
  const check = avroCheck(writer)
  const resolver = reader.equals(writer) ? undefined : reader.createResolver(writer)
  return (bytes, from) => {
    try {
      return check(bytes, from) ?? (reader.decode(bytes, from, resolver).value as T)
    } catch (error) {
      if (error instanceof RangeError) return new Undecodable('avro-invalid', '(value): nested too deeply')
      return check(bytes, from, 'safe') ?? new Undecodable('avro-invalid', '(value): refused by a logical type')
    }
  }
}

const FIRST_BYTES = 1_024
const MOST_KEPT_BYTES = 1_048_576

/** Writes values of a type. What it writes can be read: text that no UTF-8 holds is refused. */
export function avroWriter<T>(type: Type): WriteAvro<T> {
  const check = avroCheck(type)
  let scratch = Buffer.allocUnsafeSlow(FIRST_BYTES)
  return (value, from) => {
    let end: number
    try {
      end = type.encode(value, scratch, from)
    } catch {
      // The cause's message shows the value.
      throw notEncoded(misfit(type, value))
    }
    // Below 0: so many bytes more are needed.
    if (end < 0) {
      const larger = Buffer.allocUnsafeSlow(scratch.length - end)
      if (larger.length <= MOST_KEPT_BYTES) scratch = larger
      end = type.encode(value, larger, from)
      return finish(larger, from, end)
    }
    return finish(scratch, from, end)
  }

  function finish(written: Buffer, from: number, end: number): Buffer {
    const bytes = Buffer.allocUnsafe(end)
    written.copy(bytes, from, from, end)
    const fault = check(bytes, from)
    if (fault !== undefined) throw notEncoded(fault.reason)
    return bytes
  }
}

function notEncoded(why: string): MillraceConnectorError {
  return new MillraceConnectorError('FORMAT_ENCODE_FAILED', `a record does not fit its schema (${why})`)
}

/** The first place where a value does not fit, and the type there: `vitals.spo2: no int`. */
function misfit(type: Type, value: unknown): string {
  let found: string | undefined
  try {
    type.isValid(value, {
      errorHook: (path, _value, expected) => {
        found ??= `${shownPath(type, path) || '(value)'}: no ${expected.name ?? expected.typeName}`
      },
    })
  } catch {
    // A getter or a logical type of the caller's.
  }
  return found ?? 'it cannot be read'
}

/** A path as rejects show it: keys of maps are data. */
function shownPath(type: Type, path: readonly string[]): string {
  let at: Type | undefined = type
  let shown = ''
  for (const key of path) {
    const step: Step = at === undefined ? HIDDEN : stepInto(containerOf(at), key)
    shown += step.part.startsWith('[') || shown === '' ? step.part : `.${step.part}`
    at = step.next
  }
  return shown
}

interface Step {
  readonly part: string
  readonly next?: Type | undefined
}

const HIDDEN: Step = { part: '*' }

function stepInto(type: Type, key: string): Step {
  switch (type.typeName) {
    case 'record':
    case 'error':
      return { part: key, next: (type as types.RecordType).field(key)?.type }
    case 'array':
      return { part: `[${key}]`, next: (type as types.ArrayType).itemsType }
    case 'map':
      return { ...HIDDEN, next: (type as types.MapType).valuesType as Type }
    case 'union:wrapped':
      return { part: key, next: (type as types.WrappedUnionType).types.find((branch) => branch.branchName === key) }
    default:
      return HIDDEN
  }
}

/** What a path goes into: it has no step for a logical type, nor for the branch of a union that is not wrapped. */
function containerOf(type: Type): Type {
  if (type.typeName.startsWith('logical:')) return containerOf((type as types.LogicalType).underlyingType)
  if (type.typeName !== 'union:unwrapped') return type
  const branches = (type as types.UnwrappedUnionType).types.map(containerOf)
  const containers = branches.filter(({ typeName }) => ['record', 'error', 'array', 'map'].includes(typeName))
  return containers.length === 1 ? (containers[0] as Type) : type
}
