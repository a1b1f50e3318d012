import { deserialize, serialize } from 'node:v8'
import type { Key } from '../../../elements/key.ts'
import { keyGroupOf } from '../../../elements/key-group.ts'
import { MillraceError } from '../../../errors.ts'
import { TimerQueue } from '../../../time/timer-queue.ts'
import type { TimerService } from '../../../time/timer-service.ts'
import type { Codec, ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor } from '../../descriptors.ts'
import type { KeyedSnapshot } from '../../keyed-snapshot.ts'
import type { KeyedStateBackend, PaneTable } from '../../keyed-state-backend.ts'
import type { ListState, MapState, ValueState } from '../../state.ts'
import { KeyTable } from './key-table.ts'
import { ListColumn } from './list-column.ts'
import { MapColumn } from './map-column.ts'
import { PaneColumn } from './pane-column.ts'
import { ValueColumn } from './value-column.ts'

type Column = ValueColumn<unknown> | ListColumn<unknown> | MapColumn<unknown, unknown> | PaneColumn<unknown>
type Kind = 'value' | 'list' | 'map' | 'panes'

interface Declared {
  readonly kind: Kind
  readonly column: Column
  codec: Codec<unknown> | undefined
  /** False while the state was found in a snapshot and no one has asked for it yet. */
  claimed: boolean
}

/** One key group, as it is packed. Everything by column, so that a name stands there once. */
interface GroupContents {
  readonly keys: Key[]
  readonly states: {
    readonly name: string
    readonly kind: Kind
    readonly codec: { readonly name: string; readonly version: number } | undefined
    /** Index of the key, and its entry: a value, a list, a map; for panes one line a cell. */
    readonly entries: (readonly [key: number, entry: unknown, namespace?: number])[]
  }[]
  readonly eventTimers: (readonly [key: number, name: string, time: number])[]
  readonly processingTimers: (readonly [key: number, name: string, time: number])[]
}

type TimersBySlot = Map<number, { event: [string, number][]; processing: [string, number][] }>

/** State by key on the heap: a slot a key, an array by slot a state. */
export class HeapBackend implements KeyedStateBackend {
  readonly eventTimers: TimerQueue
  readonly processingTimers: TimerQueue
  readonly timers: TimerService
  readonly #operatorId: string
  readonly #maxParallelism: number
  readonly #keys = new KeyTable()
  readonly #states = new Map<string, Declared>()
  /** Groups as last written or restored: what no mark has touched since is not packed again. */
  readonly #packed: Map<number, Uint8Array>

  constructor(operatorId: string, maxParallelism: number, restored?: KeyedSnapshot) {
    this.#operatorId = operatorId
    this.#maxParallelism = maxParallelism
    this.eventTimers = new TimerQueue(this.#keys)
    this.processingTimers = new TimerQueue(this.#keys)
    this.timers = { eventTime: this.eventTimers, processingTime: this.processingTimers }
    this.#packed = new Map(restored?.groups)
    if (restored !== undefined && restored.maxParallelism !== maxParallelism) {
      throw new MillraceError(
        'CORE_STATE_INCOMPATIBLE',
        `step '${operatorId}' has state for a maximal parallelism of ${restored.maxParallelism}, the job says ${maxParallelism}`,
      )
    }
    for (const bytes of this.#packed.values()) this.#unpack(deserialize(bytes) as GroupContents)
    this.#keys.takeMarked()
  }

  get currentKey(): Key {
    const key = this.#keys.currentKey
    if (key !== undefined) return key
    throw new MillraceError('CORE_NOT_KEYED', `step '${this.#operatorId}' asked for the key where there is none`)
  }

  get hasCurrentKey(): boolean {
    return this.#keys.currentKey !== undefined
  }

  /** From here on there is no current key: keyed states read as empty and refuse to be written. */
  leaveKey(): void {
    this.#keys.leaveKey()
  }

  get currentSlot(): number {
    return this.#keys.currentSlot
  }

  get keyCount(): number {
    return this.#keys.keyCount
  }

  setCurrentKey(key: Key): void {
    this.#keys.setCurrentKey(key)
  }

  setCurrentSlot(slot: number): void {
    this.#keys.setCurrentSlot(slot)
  }

  ensureSlot(): number {
    return this.#keys.ensureSlot()
  }

  keyOfSlot(slot: number): Key {
    return this.#keys.keyOfSlot(slot)
  }

  /** Slots of keys that have anything. */
  *liveSlots(): Iterable<number> {
    for (let slot = 0; slot < this.#keys.slotCount; slot++) if (this.#keys.isLive(slot)) yield slot
  }

  value<T>(name: string, descriptor: ValueStateDescriptor<T>): ValueState<T> {
    return this.#claim(name, 'value', descriptor.codec) as ValueColumn<T>
  }

  list<T>(name: string, descriptor: ListStateDescriptor<T>): ListState<T> {
    return this.#claim(name, 'list', descriptor.codec) as ListColumn<T>
  }

  map<K, V>(name: string, descriptor: MapStateDescriptor<K, V>): MapState<K, V> {
    return this.#claim(name, 'map', descriptor.codec) as unknown as MapColumn<K, V>
  }

  panes<A>(name: string, codec?: Codec<A>): PaneTable<A> {
    return this.#claim(name, 'panes', codec) as PaneColumn<A>
  }

  /** @throws CORE_STATE_INCOMPATIBLE when the snapshot holds a state that the operator did not declare in `open`. */
  checkAllClaimed(): void {
    for (const [name, state] of this.#states) {
      if (state.claimed) continue
      throw new MillraceError(
        'CORE_STATE_INCOMPATIBLE',
        `the checkpoint has a state '${name}' for step '${this.#operatorId}', which declares none of that name`,
      )
    }
  }

  /** Packs every key group that changed since the last snapshot; the others are as they were packed then. */
  snapshot(): KeyedSnapshot {
    this.#keys.sweep()
    const changed = new Set<number>()
    for (const key of this.#keys.takeMarked()) changed.add(this.#groupOf(key))
    if (changed.size > 0) {
      const slotsByGroup = new Map<number, number[]>()
      for (let slot = 0; slot < this.#keys.slotCount; slot++) {
        if (!this.#keys.isLive(slot)) continue
        const group = this.#groupOf(this.#keys.keyOfSlot(slot))
        if (!changed.has(group)) continue
        const slots = slotsByGroup.get(group)
        if (slots === undefined) slotsByGroup.set(group, [slot])
        else slots.push(slot)
      }
      const timers = this.#timersBySlot()
      for (const group of changed) {
        const slots = slotsByGroup.get(group)
        if (slots === undefined) this.#packed.delete(group)
        else this.#packed.set(group, serialize(this.#pack(slots, timers)))
      }
    }
    return { format: 1, maxParallelism: this.#maxParallelism, groups: new Map(this.#packed) }
  }

  #groupOf(key: Key): number {
    return keyGroupOf(key, this.#maxParallelism)
  }

  #claim<T>(name: string, kind: Kind, codec: Codec<T> | undefined): Column {
    let state = this.#states.get(name)
    if (state === undefined) {
      state = { kind, column: this.#column(kind), codec: undefined, claimed: false }
      this.#states.set(name, state)
    }
    if (state.kind !== kind) {
      throw new MillraceError(
        'CORE_STATE_INCOMPATIBLE',
        `state '${name}' of step '${this.#operatorId}' is declared as ${kind} and was ${state.kind}`,
      )
    }
    state.claimed = true
    state.codec = codec as Codec<unknown> | undefined
    this.#decodePending(name, state)
    return state.column
  }

  #column(kind: Kind): Column {
    switch (kind) {
      case 'value':
        return new ValueColumn(this.#keys)
      case 'list':
        return new ListColumn(this.#keys)
      case 'map':
        return new MapColumn(this.#keys)
      case 'panes':
        return new PaneColumn(this.#keys)
    }
  }

  #timersBySlot(): TimersBySlot {
    const bySlot: TimersBySlot = new Map()
    const of = (slot: number) => {
      let timers = bySlot.get(slot)
      if (timers === undefined) {
        timers = { event: [], processing: [] }
        bySlot.set(slot, timers)
      }
      return timers
    }
    for (const timer of this.eventTimers.timers()) of(timer.slot).event.push([timer.name, timer.time])
    for (const timer of this.processingTimers.timers()) of(timer.slot).processing.push([timer.name, timer.time])
    return bySlot
  }

  #pack(slots: number[], timers: TimersBySlot): GroupContents {
    const contents: GroupContents = {
      keys: slots.map((slot) => this.#keys.keyOfSlot(slot)),
      states: [],
      eventTimers: [],
      processingTimers: [],
    }
    for (const [name, { kind, column, codec }] of this.#states) {
      const entries: [number, unknown, number?][] = []
      slots.forEach((slot, i) => {
        if (column instanceof PaneColumn) {
          for (const [namespace, cell] of column.read(slot))
            entries.push([i, encodeEntry(codec, kind, cell), namespace])
        } else {
          const entry = column.read(slot)
          if (entry !== undefined) entries.push([i, encodeEntry(codec, kind, entry)])
        }
      })
      const coded = codec === undefined ? undefined : { name: codec.name, version: codec.version }
      contents.states.push({ name, kind, codec: coded, entries })
    }
    slots.forEach((slot, i) => {
      const own = timers.get(slot)
      for (const [name, time] of own?.event ?? []) contents.eventTimers.push([i, name, time])
      for (const [name, time] of own?.processing ?? []) contents.processingTimers.push([i, name, time])
    })
    return contents
  }

  /** States with a codec wait here, by name, until the operator brings the codec. */
  readonly #pending = new Map<
    string,
    { slot: number; entry: unknown; namespace: number | undefined; version: number }[]
  >()

  #unpack(contents: GroupContents): void {
    // Held until all of its state is there: a slot with nothing would be given to the next key.
    const slots = contents.keys.map((key) => {
      this.#keys.setCurrentKey(key)
      const slot = this.#keys.ensureSlot()
      this.#keys.retain(slot)
      // It stands in what is packed: when it goes, its group has to be packed again.
      this.#keys.mark(slot)
      return slot
    })
    for (const { name, kind, codec, entries } of contents.states) {
      let state = this.#states.get(name)
      if (state === undefined) {
        state = { kind, column: this.#column(kind), codec: undefined, claimed: false }
        this.#states.set(name, state)
      }
      for (const [key, entry, namespace] of entries) {
        const slot = slots[key] as number
        if (codec === undefined) {
          restoreEntry(state.column, slot, entry, namespace)
          continue
        }
        // Held until its codec is known; the slot must not go meanwhile.
        this.#keys.retain(slot)
        const pending = this.#pending.get(name) ?? []
        pending.push({ slot, entry, namespace, version: codec.version })
        this.#pending.set(name, pending)
      }
    }
    for (const [key, name, time] of contents.eventTimers) {
      this.#keys.setCurrentSlot(slots[key] as number)
      this.eventTimers.register(time, name)
    }
    for (const [key, name, time] of contents.processingTimers) {
      this.#keys.setCurrentSlot(slots[key] as number)
      this.processingTimers.register(time, name)
    }
    for (const slot of slots) this.#keys.release(slot)
  }

  #decodePending(name: string, state: Declared): void {
    const pending = this.#pending.get(name)
    if (pending === undefined) return
    const { codec } = state
    if (codec === undefined) {
      throw new MillraceError(
        'CORE_STATE_INCOMPATIBLE',
        `state '${name}' of step '${this.#operatorId}' was written with a codec and is declared without one`,
      )
    }
    this.#pending.delete(name)
    for (const { slot, entry, namespace, version } of pending) {
      restoreEntry(state.column, slot, decodeEntry(codec, state.kind, entry, version), namespace)
      this.#keys.release(slot)
    }
  }
}

function encodeEntry(codec: Codec<unknown> | undefined, kind: Kind, entry: unknown): unknown {
  if (codec === undefined) return entry
  if (kind === 'list') return (entry as unknown[]).map((value) => codec.encode(value))
  if (kind === 'map') return new Map([...(entry as Map<unknown, unknown>)].map(([k, v]) => [k, codec.encode(v)]))
  return codec.encode(entry)
}

function decodeEntry(codec: Codec<unknown>, kind: Kind, entry: unknown, version: number): unknown {
  const decode = (bytes: unknown): unknown => codec.decode(bytes as Uint8Array, version)
  if (kind === 'list') return (entry as unknown[]).map(decode)
  if (kind === 'map') return new Map([...(entry as Map<unknown, unknown>)].map(([k, v]) => [k, decode(v)]))
  return decode(entry)
}

function restoreEntry(column: Column, slot: number, entry: unknown, namespace: number | undefined): void {
  if (column instanceof PaneColumn) column.restore(slot, namespace as number, entry)
  else if (column instanceof ListColumn) column.restore(slot, entry as unknown[])
  else if (column instanceof MapColumn) column.restore(slot, entry as Map<unknown, unknown>)
  else column.restore(slot, entry)
}
