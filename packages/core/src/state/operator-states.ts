import { MillraceError } from '../errors.ts'
import type { Codec } from './codec.ts'
import { checkWritten, decodeWith, type WrittenBy } from './codec-check.ts'
import type { BroadcastStateDescriptor, OperatorListStateDescriptor } from './descriptors.ts'
import type { OperatorStateSnapshot } from './operator-snapshot.ts'
import type { OperatorStateStore } from './operator-state.ts'
import type { ListState, MapState } from './state.ts'

/** The operator state of one step, on the heap. A name is one state: a list and a broadcast map cannot share one. */
export class OperatorStates implements OperatorStateStore {
  readonly #operatorId: string
  readonly #restored: OperatorStateSnapshot
  readonly #lists = new Map<string, ListEntries>()
  readonly #maps = new Map<string, MapEntries>()
  readonly #codecs = new Map<string, Codec<unknown>>()

  constructor(operatorId: string, restored: OperatorStateSnapshot = { lists: {} }) {
    this.#operatorId = operatorId
    this.#restored = restored
  }

  list<T>(name: string, descriptor: OperatorListStateDescriptor<T> = { kind: 'operator-list' }): ListState<T> {
    let list = this.#lists.get(name)
    if (list === undefined) {
      this.#refuseOther(name, 'a list', this.#maps.has(name) || this.#restored.broadcast?.[name] !== undefined)
      const read = this.#reader(name, descriptor.codec as Codec<unknown> | undefined)
      list = new ListEntries((this.#restored.lists[name] ?? []).map(read))
      this.#lists.set(name, list)
    }
    return list as ListState<unknown> as ListState<T>
  }

  broadcast<K, V>(name: string, descriptor: BroadcastStateDescriptor<K, V>): MapState<K, V> {
    let map = this.#maps.get(name)
    if (map === undefined) {
      this.#refuseOther(name, 'a broadcast state', this.#lists.has(name) || this.#restored.lists[name] !== undefined)
      const read = this.#reader(name, descriptor.codec as Codec<unknown> | undefined)
      map = new MapEntries((this.#restored.broadcast?.[name] ?? []).map(([key, value]) => [key, read(value)]))
      this.#maps.set(name, map)
    }
    return map as MapState<unknown, unknown> as MapState<K, V>
  }

  /**
   * Lists that the operator has not asked for are kept as they are; it may do so later.
   *
   * @throws CORE_STATE_INCOMPATIBLE when the snapshot holds a broadcast state that the operator did not declare in `open`.
   */
  checkAllClaimed(): void {
    for (const name of Object.keys(this.#restored.broadcast ?? {})) {
      if (this.#maps.has(name)) continue
      throw new MillraceError(
        'CORE_STATE_INCOMPATIBLE',
        `the checkpoint has a broadcast state '${name}' for step '${this.#operatorId}', which declares none of that name`,
      )
    }
  }

  /** `hosts` are lists of the host's own, which no operator sees. */
  snapshot(hosts: Readonly<Record<string, readonly unknown[]>> = {}): OperatorStateSnapshot {
    const lists: Record<string, readonly unknown[]> = {}
    const broadcast: Record<string, [unknown, unknown][]> = {}
    const codecs: Record<string, WrittenBy> = {}
    for (const [name, values] of Object.entries(this.#restored.lists)) {
      const written = this.#restored.codecs?.[name]
      lists[name] = values
      if (written !== undefined) codecs[name] = written
    }
    for (const [name, list] of this.#lists) lists[name] = list.get().map(this.#writer(name, codecs))
    for (const [name, map] of this.#maps) {
      const write = this.#writer(name, codecs)
      broadcast[name] = [...map.entries()].map(([key, value]) => [key, write(value)])
    }
    return {
      lists: { ...lists, ...hosts },
      ...(this.#maps.size === 0 ? {} : { broadcast }),
      ...(Object.keys(codecs).length === 0 ? {} : { codecs }),
    }
  }

  #reader(name: string, codec: Codec<unknown> | undefined): (entry: unknown) => unknown {
    const state = `state '${name}' of step '${this.#operatorId}'`
    const written = this.#restored.codecs?.[name]
    checkWritten(state, written, codec)
    if (codec === undefined) return (entry) => entry
    this.#codecs.set(name, codec)
    if (written === undefined) return (entry) => entry
    return (entry) => decodeWith(codec, entry as Uint8Array, written.version, state)
  }

  #writer(name: string, codecs: Record<string, WrittenBy>): (value: unknown) => unknown {
    const codec = this.#codecs.get(name)
    if (codec === undefined) {
      delete codecs[name]
      return (value) => value
    }
    codecs[name] = { name: codec.name, version: codec.version }
    return (value) => codec.encode(value)
  }

  #refuseOther(name: string, what: string, isOther: boolean): void {
    if (!isOther) return
    throw new MillraceError(
      'CORE_STATE_INCOMPATIBLE',
      `state '${name}' of step '${this.#operatorId}' is declared as ${what} and was another kind`,
    )
  }
}

class ListEntries implements ListState<unknown> {
  #values: unknown[]

  constructor(values: readonly unknown[]) {
    this.#values = [...values]
  }

  get(): readonly unknown[] {
    return this.#values
  }

  add(value: unknown): void {
    this.#values.push(value)
  }

  addAll(values: readonly unknown[]): void {
    // A list that is added to itself grows on the way.
    const { length } = values
    for (let i = 0; i < length; i++) this.add(values[i])
  }

  update(values: readonly unknown[]): void {
    this.#values = [...values]
  }

  clear(): void {
    this.#values = []
  }
}

class MapEntries implements MapState<unknown, unknown> {
  readonly #entries: Map<unknown, unknown>

  constructor(entries: readonly (readonly [unknown, unknown])[]) {
    this.#entries = new Map(entries)
  }

  get(key: unknown): unknown {
    return this.#entries.get(key)
  }

  has(key: unknown): boolean {
    return this.#entries.has(key)
  }

  get size(): number {
    return this.#entries.size
  }

  entries(): IterableIterator<[unknown, unknown]> {
    return this.#entries.entries()
  }

  keys(): IterableIterator<unknown> {
    return this.#entries.keys()
  }

  values(): IterableIterator<unknown> {
    return this.#entries.values()
  }

  put(key: unknown, value: unknown): void {
    this.#entries.set(key, value)
  }

  remove(key: unknown): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}
