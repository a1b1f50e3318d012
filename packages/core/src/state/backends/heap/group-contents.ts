import type { Key } from '../../../elements/key.ts'
import type { Codec } from '../../codec.ts'
import { decodeWith, type WrittenBy } from '../../codec-check.ts'
import type { KeyedStateDescriptor } from '../../descriptors.ts'
import type { CheckedTtl } from '../../ttl.ts'
import type { Column, Stamps } from './column.ts'
import type { FlatRows } from './flat-pane-column.ts'
import { PaneColumn } from './pane-column.ts'

/** What a state is, as a snapshot says it. */
export type StateKind = KeyedStateDescriptor['kind'] | 'panes'

/** A state that the operator has declared. */
export interface DeclaredState {
  readonly kind: StateKind
  readonly column: Column | PaneColumn<unknown>
  /** What the operator works with: the column, or something over it. */
  readonly handle: unknown
  readonly codec: Codec<unknown> | undefined
  readonly ttl: CheckedTtl | undefined
  /** The name of the aggregate whose accumulators it holds, if it has one. */
  readonly aggregate: string | undefined
}

/** One key group, as it is packed. Everything by column, so that a name stands there once. */
export interface GroupContents {
  readonly keys: Key[]
  readonly states: {
    readonly name: string
    readonly kind: StateKind
    readonly codec: WrittenBy | undefined
    /** Of an aggregating state, what its accumulators are of. */
    readonly aggregate?: string
    /** The domain of its TTL. Since format 2. */
    readonly ttl?: CheckedTtl['domain']
    /** Index of the key, and its entry: a value, a list, a map; for panes one line a cell. */
    readonly entries: (readonly [key: number, entry: unknown, namespace?: number])[]
    /** Where it has a TTL: when what stands in the entry of the same place was written. */
    readonly stamps?: readonly Stamps[]
  }[]
  /** Since format 2, where there is a row. */
  readonly flatPanes?: readonly { readonly name: string; readonly rows: FlatRows }[]
  readonly eventTimers: (readonly [key: number, name: string, time: number])[]
  readonly processingTimers: (readonly [key: number, name: string, time: number])[]
}

/** One state of a key group. */
export type PackedState = GroupContents['states'][number]

/** What a snapshot holds of a state for the keys in these slots. */
export function packState(
  name: string,
  { kind, column, codec, ttl, aggregate }: DeclaredState,
  slots: readonly number[],
): PackedState {
  const entries: [number, unknown, number?][] = []
  const stamps: Stamps[] = []
  slots.forEach((slot, i) => {
    if (column instanceof PaneColumn) {
      for (const [namespace, cell] of column.read(slot)) entries.push([i, encodeEntry(codec, kind, cell), namespace])
      return
    }
    const entry = column.read(slot)
    if (entry === undefined) return
    entries.push([i, encodeEntry(codec, kind, entry)])
    if (column.expiry !== undefined) stamps.push(column.expiry.stampsOf(slot))
  })
  return {
    name,
    kind,
    codec: codec === undefined ? undefined : { name: codec.name, version: codec.version },
    entries,
    ...(aggregate === undefined ? {} : { aggregate }),
    ...(ttl === undefined ? {} : { ttl: ttl.domain, stamps }),
  }
}

/** An entry as the column takes it. `state` is its name in errors. @throws CORE_STATE_INCOMPATIBLE for bytes that the codec cannot read. */
export function decodeEntry(
  state: string,
  { kind, codec: written }: PackedState,
  entry: unknown,
  codec: Codec<unknown> | undefined,
): unknown {
  if (written === undefined || codec === undefined) return entry
  const decode = (bytes: unknown): unknown => decodeWith(codec, bytes as Uint8Array, written.version, state)
  if (kind === 'list') return (entry as unknown[]).map(decode)
  if (kind === 'map') return new Map([...(entry as Map<unknown, unknown>)].map(([k, v]) => [k, decode(v)]))
  return decode(entry)
}

function encodeEntry(codec: Codec<unknown> | undefined, kind: StateKind, entry: unknown): unknown {
  if (codec === undefined) return entry
  if (kind === 'list') return (entry as unknown[]).map((value) => codec.encode(value))
  if (kind === 'map') return new Map([...(entry as Map<unknown, unknown>)].map(([k, v]) => [k, codec.encode(v)]))
  return codec.encode(entry)
}
