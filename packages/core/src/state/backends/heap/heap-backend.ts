import { deserialize, serialize } from 'node:v8'
import type { Key } from '../../../elements/key.ts'
import { keyGroupOf } from '../../../elements/key-group.ts'
import { MillraceError } from '../../../errors.ts'
import { TimerQueue } from '../../../time/timer-queue.ts'
import type { TimerService } from '../../../time/timer-service.ts'
import type { Codec } from '../../codec.ts'
import { checkWritten } from '../../codec-check.ts'
import type {
  AggregatingStateDescriptor,
  KeyedStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  ValueStateDescriptor,
} from '../../descriptors.ts'
import type { FlatLayout, FlatPaneTable } from '../../flat-panes.ts'
import type { KeyedSnapshot } from '../../keyed-snapshot.ts'
import type { KeyedStateBackend, Pane, PaneTable } from '../../keyed-state-backend.ts'
import type { AggregatingState, ListState, MapState, ReducingState, ValueState } from '../../state.ts'
import { StateClock } from '../../state-clock.ts'
import type { CheckedTtl } from '../../ttl.ts'
import type { Column } from './column.ts'
import { FlatPaneColumn, type FlatRows } from './flat-pane-column.ts'
import { AggregatingCells, ReducingCells } from './folding-states.ts'
import {
  type DeclaredState,
  decodeEntry,
  type GroupContents,
  type PackedState,
  packState,
  type StateKind,
} from './group-contents.ts'
import { KeyTable } from './key-table.ts'
import { ListColumn } from './list-column.ts'
import { MapColumn } from './map-column.ts'
import { PaneColumn } from './pane-column.ts'
import { TtlListColumn } from './ttl-list-column.ts'
import { TtlMapColumn } from './ttl-map-column.ts'
import { TtlValueColumn } from './ttl-value-column.ts'
import { ValueColumn } from './value-column.ts'

type TimersBySlot = Map<number, { event: [string, number][]; processing: [string, number][] }>

/** State by key on the heap: a slot a key, an array by slot a state. */
export class HeapBackend implements KeyedStateBackend {
  readonly eventTimers: TimerQueue
  readonly processingTimers: TimerQueue
  readonly timers: TimerService
  readonly clock: StateClock
  readonly #operatorId: string
  readonly #maxParallelism: number
  readonly #keys = new KeyTable()
  readonly #states = new Map<string, DeclaredState>()
  readonly #flatPanes = new Map<string, FlatPaneColumn>()
  /** Groups as last written or restored: what no mark has touched since is not packed again. */
  readonly #packed: Map<number, Uint8Array>

  /** What the snapshot holds of states that the operator has not declared yet; their keys are held until it does. */
  readonly #pending = new Map<string, { readonly slots: readonly number[]; readonly state: PackedState }[]>()
  readonly #pendingRows = new Map<string, { readonly slots: readonly number[]; readonly rows: FlatRows }[]>()

  constructor(
    operatorId: string,
    maxParallelism: number,
    restored?: KeyedSnapshot,
    clock: StateClock = new StateClock(),
  ) {
    this.#operatorId = operatorId
    this.clock = clock
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
    if (restored !== undefined && restored.format !== 1 && restored.format !== 2) {
      throw new MillraceError(
        'CORE_STATE_INCOMPATIBLE',
        `step '${operatorId}' has keyed state in format ${restored.format}, this version reads 1 and 2`,
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
    return this.#claim(name, descriptor as ValueStateDescriptor<unknown>) as ValueState<T>
  }

  list<T>(name: string, descriptor: ListStateDescriptor<T>): ListState<T> {
    return this.#claim(name, descriptor as ListStateDescriptor<unknown>) as ListState<T>
  }

  map<K, V>(name: string, descriptor: MapStateDescriptor<K, V>): MapState<K, V> {
    return this.#claim(name, descriptor as MapStateDescriptor<unknown, unknown>) as MapState<K, V>
  }

  reducing<T>(name: string, descriptor: ReducingStateDescriptor<T>): ReducingState<T> {
    return this.#claim(name, descriptor as ReducingStateDescriptor<unknown>) as ReducingState<T>
  }

  aggregating<In, Acc, Out>(
    name: string,
    descriptor: AggregatingStateDescriptor<In, Acc, Out>,
  ): AggregatingState<In, Out> {
    const declared = descriptor as unknown as AggregatingStateDescriptor<unknown, unknown, unknown>
    return this.#claim(name, declared) as AggregatingState<In, Out>
  }

  panes<A>(name: string, codec?: Codec<A>): PaneTable<A> {
    const declared = { kind: 'panes' as const, ...(codec === undefined ? {} : { codec: codec as Codec<unknown> }) }
    return this.#claim(name, declared) as PaneTable<A>
  }

  flatPanes(name: string, layout: FlatLayout): FlatPaneTable {
    const column = new FlatPaneColumn(this.#keys, layout)
    for (const { slots, rows } of this.#pendingRows.get(name) ?? []) {
      if (rows.layout !== layout.name) {
        throw new MillraceError(
          'CORE_STATE_INCOMPATIBLE',
          `${this.#nameOf(name)} was written as ${rows.layout} and is declared as ${layout.name}`,
        )
      }
      column.restore(slots, rows)
      for (const slot of slots) this.#keys.release(slot)
    }
    this.#pendingRows.delete(name)
    if (this.#pending.has(name)) this.#flatten(this.panes(name), column)
    this.#states.delete(name)
    this.#flatPanes.set(name, column)
    return column
  }

  /** A snapshot of format 1 has objects where there are rows now. */
  #flatten(objects: PaneTable<unknown>, column: FlatPaneColumn): void {
    for (const namespace of objects.namespaces()) {
      const pane = objects.get(namespace) as Pane<unknown>
      for (const slot of pane.slotsByKey()) {
        const rows = column.getOrCreate(namespace)
        const row = rows.ensureRow(slot)
        column.layout.write(rows.cellsOf(row), rows.indexOf(row), pane.accumulators[slot])
      }
      objects.remove(namespace)
    }
  }

  applyToKeys(name: string, apply: (key: Key) => void): void {
    const state = this.#states.get(name)
    if (state === undefined || state.column instanceof PaneColumn) {
      throw new MillraceError(
        'CORE_OPTION_INVALID',
        `step '${this.#operatorId}' has no keyed state '${name}' that can be applied to`,
      )
    }
    const slots: number[] = []
    for (let slot = 0; slot < this.#keys.slotCount; slot++) if (state.column.holds(slot)) slots.push(slot)
    for (const slot of this.#keys.inKeyOrder(slots)) {
      this.#keys.setCurrentSlot(slot)
      apply(this.#keys.keyOfSlot(slot))
    }
    this.#keys.leaveKey()
  }

  /** @throws CORE_STATE_INCOMPATIBLE when the snapshot holds a state that the operator did not declare in `open`. */
  checkAllClaimed(): void {
    for (const name of [...this.#pending.keys(), ...this.#pendingRows.keys()]) {
      throw new MillraceError(
        'CORE_STATE_INCOMPATIBLE',
        `the checkpoint has a state '${name}' for step '${this.#operatorId}', which declares none of that name`,
      )
    }
  }

  /** Packs every key group that changed since the last snapshot; the others are as they were packed then. */
  snapshot(): KeyedSnapshot {
    for (const { column } of this.#states.values()) if (!(column instanceof PaneColumn)) column.expiry?.sweep()
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
    return { format: 2, maxParallelism: this.#maxParallelism, groups: new Map(this.#packed) }
  }

  #groupOf(key: Key): number {
    return keyGroupOf(key, this.#maxParallelism)
  }

  #claim(name: string, descriptor: KeyedStateDescriptor | { readonly kind: 'panes'; readonly codec?: Codec<unknown> }) {
    const { kind, codec } = descriptor
    const held = this.#states.get(name)
    if (held !== undefined && held.kind === kind) return held.handle
    const flat = this.#pendingRows.has(name) ? 'flat panes' : undefined
    const before = held?.kind ?? this.#pending.get(name)?.[0]?.state.kind ?? flat
    if (before !== undefined && before !== kind) {
      throw new MillraceError(
        'CORE_STATE_INCOMPATIBLE',
        `${this.#nameOf(name)} is declared as ${kind} and was ${before}`,
      )
    }
    const ttl = descriptor.kind === 'panes' ? undefined : descriptor.ttl
    const column = this.#column(name, kind, ttl)
    const handle = this.#handle(column, descriptor)
    const aggregate = descriptor.kind === 'aggregating' ? descriptor.aggregate.name : undefined
    this.#checkAggregate(name, aggregate)
    this.#states.set(name, { kind, column, handle, codec, ttl, aggregate })
    this.#restorePending(name, column, codec, ttl)
    return handle
  }

  #nameOf(state: string): string {
    return `state '${state}' of step '${this.#operatorId}'`
  }

  #column(name: string, kind: StateKind, ttl: CheckedTtl | undefined): Column | PaneColumn<unknown> {
    switch (kind) {
      case 'value':
      case 'reducing':
      case 'aggregating':
        return ttl === undefined ? new ValueColumn(this.#keys) : new TtlValueColumn(this.#keys, name, ttl, this.clock)
      case 'list':
        return ttl === undefined ? new ListColumn(this.#keys) : new TtlListColumn(this.#keys, name, ttl, this.clock)
      case 'map':
        return ttl === undefined ? new MapColumn(this.#keys) : new TtlMapColumn(this.#keys, name, ttl, this.clock)
      case 'panes':
        return new PaneColumn(this.#keys)
    }
  }

  #handle(
    column: Column | PaneColumn<unknown>,
    descriptor: KeyedStateDescriptor | { readonly kind: 'panes' },
  ): unknown {
    switch (descriptor.kind) {
      case 'reducing':
        return new ReducingCells(column as ValueColumn<unknown>, descriptor.reduce)
      case 'aggregating':
        return new AggregatingCells(column as ValueColumn<unknown>, descriptor.aggregate, this.clock)
      default:
        return column
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
    const flatPanes = [...this.#flatPanes].map(([name, column]) => ({ name, rows: column.pack(slots) }))
    const contents: GroupContents = {
      keys: slots.map((slot) => this.#keys.keyOfSlot(slot)),
      states: [],
      flatPanes: flatPanes.filter(({ rows }) => rows.keys.length > 0),
      eventTimers: [],
      processingTimers: [],
    }
    for (const [name, state] of this.#states) contents.states.push(packState(name, state, slots))
    slots.forEach((slot, i) => {
      const own = timers.get(slot)
      for (const [name, time] of own?.event ?? []) contents.eventTimers.push([i, name, time])
      for (const [name, time] of own?.processing ?? []) contents.processingTimers.push([i, name, time])
    })
    return contents
  }

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
    for (const state of contents.states) {
      for (const [key] of state.entries) this.#keys.retain(slots[key] as number)
      const pending = this.#pending.get(state.name)
      if (pending === undefined) this.#pending.set(state.name, [{ slots, state }])
      else pending.push({ slots, state })
    }
    for (const { name, rows } of contents.flatPanes ?? []) {
      for (const slot of slots) this.#keys.retain(slot)
      const pending = this.#pendingRows.get(name)
      if (pending === undefined) this.#pendingRows.set(name, [{ slots, rows }])
      else pending.push({ slots, rows })
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

  #restorePending(
    name: string,
    column: Column | PaneColumn<unknown>,
    codec: Codec<unknown> | undefined,
    ttl: CheckedTtl | undefined,
  ): void {
    const stateName = this.#nameOf(name)
    for (const { slots, state } of this.#pending.get(name) ?? []) {
      checkWritten(stateName, state.codec, codec)
      this.#checkTtl(name, state.ttl, ttl?.domain)
      state.entries.forEach(([key, entry, namespace], i) => {
        const slot = slots[key] as number
        const decoded = decodeEntry(stateName, state, entry, codec)
        if (column instanceof PaneColumn) column.restore(slot, namespace as number, decoded)
        else column.restore(slot, decoded, state.stamps?.[i])
        this.#keys.release(slot)
      })
    }
    this.#pending.delete(name)
  }

  /** Accumulators of one aggregate are not those of another. Where either says no name nothing can be told. */
  #checkAggregate(name: string, aggregate: string | undefined): void {
    if (aggregate === undefined) return
    for (const { state } of this.#pending.get(name) ?? []) {
      if (state.aggregate === undefined || state.aggregate === aggregate) continue
      throw new MillraceError(
        'CORE_STATE_INCOMPATIBLE',
        `${this.#nameOf(name)} was written by aggregate ${state.aggregate}, and is declared with ${aggregate}`,
      )
    }
  }

  #checkTtl(name: string, written: string | undefined, declared: string | undefined): void {
    if (written === declared) return
    const [was, is] = [written, declared].map((domain) => (domain === undefined ? 'no TTL' : `a TTL in ${domain}`))
    throw new MillraceError(
      'CORE_STATE_INCOMPATIBLE',
      `${this.#nameOf(name)} was written with ${was}, and has ${is} now`,
    )
  }
}
