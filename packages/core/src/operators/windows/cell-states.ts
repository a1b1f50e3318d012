import { MillraceError } from '../../errors.ts'
import { AggregatingCells, ReducingCells } from '../../state/backends/heap/folding-states.ts'
import type { StateDescriptors } from '../../state/descriptors.ts'
import type { ListState, MapState, StateOf, ValueState } from '../../state/state.ts'
import type { StateClock } from '../../state/state-clock.ts'
import type { CellStates } from './window-cell.ts'

/** Whose states are read and written at this moment. */
export interface CellScope {
  /** `undefined` where none are declared. */
  states: CellStates | undefined
  /** Knows the timestamp of what is being handled, for states that aggregate. */
  readonly clock: StateClock
}

/** Declared states of a key and window, over whichever cell the scope is set to. Whoever sets it marks the cell as changed. */
export function cellStates<D extends StateDescriptors>(declared: D | undefined, scope: CellScope): StateOf<D> {
  const states: Record<string, unknown> = {}
  for (const [name, descriptor] of Object.entries(declared ?? {})) states[name] = cellState(name, descriptor, scope)
  return states as StateOf<D>
}

/** Checks what is declared. @throws CORE_NOT_AVAILABLE for states that a window does not keep. */
export function checkCellStates(declared: StateDescriptors | undefined, what: string): void {
  for (const [name, descriptor] of Object.entries(declared ?? {})) {
    const problem = problemOf(descriptor)
    if (problem === undefined) continue
    throw new MillraceError('CORE_NOT_AVAILABLE', `state '${name}' of ${what} ${problem}`)
  }
}

function problemOf(descriptor: StateDescriptors[string]): string | undefined {
  if (descriptor.kind === 'operator-list') return 'is of no window; keep it in the state of the step'
  if (descriptor.codec !== undefined) return 'has a codec; states of a window are packed with the window, without one'
  return descriptor.ttl === undefined ? undefined : 'has a TTL; states of a window are freed with the window'
}

function cellState(name: string, descriptor: StateDescriptors[string], scope: CellScope): unknown {
  switch (descriptor.kind) {
    case 'value':
      return new CellValue(name, scope)
    case 'list':
      return new CellList(name, scope)
    case 'map':
      return new CellMap(name, scope)
    case 'reducing':
      return new ReducingCells(new CellValue(name, scope), descriptor.reduce)
    case 'aggregating':
      return new AggregatingCells(new CellValue(name, scope), descriptor.aggregate, scope.clock)
    case 'operator-list':
      // Refused when the step was put together.
      return undefined
  }
}

class CellValue<T> implements ValueState<T> {
  readonly #name: string
  readonly #scope: CellScope

  constructor(name: string, scope: CellScope) {
    this.#name = name
    this.#scope = scope
  }

  get(): T | undefined {
    return this.#scope.states?.[this.#name] as T | undefined
  }

  set(value: T | undefined): void {
    ;(this.#scope.states as CellStates)[this.#name] = value
  }

  clear(): void {
    this.set(undefined)
  }
}

class CellList<T> implements ListState<T> {
  readonly #name: string
  readonly #scope: CellScope

  constructor(name: string, scope: CellScope) {
    this.#name = name
    this.#scope = scope
  }

  get(): readonly T[] {
    return (this.#scope.states?.[this.#name] as T[] | undefined) ?? []
  }

  add(value: T): void {
    const list = this.#scope.states?.[this.#name] as T[] | undefined
    if (list === undefined) this.update([value])
    else list.push(value)
  }

  addAll(values: readonly T[]): void {
    // A list that is added to itself grows on the way.
    const { length } = values
    for (let i = 0; i < length; i++) this.add(values[i] as T)
  }

  update(values: readonly T[]): void {
    ;(this.#scope.states as CellStates)[this.#name] = values.length === 0 ? undefined : [...values]
  }

  clear(): void {
    this.update([])
  }
}

class CellMap<K, V> implements MapState<K, V> {
  readonly #name: string
  readonly #scope: CellScope

  constructor(name: string, scope: CellScope) {
    this.#name = name
    this.#scope = scope
  }

  get(key: K): V | undefined {
    return this.#map()?.get(key)
  }

  has(key: K): boolean {
    return this.#map()?.has(key) ?? false
  }

  put(key: K, value: V): void {
    const map = this.#map()
    if (map === undefined) (this.#scope.states as CellStates)[this.#name] = new Map([[key, value]])
    else map.set(key, value)
  }

  remove(key: K): void {
    this.#map()?.delete(key)
  }

  entries(): IterableIterator<[K, V]> {
    return (this.#map() ?? new Map<K, V>()).entries()
  }

  keys(): IterableIterator<K> {
    return (this.#map() ?? new Map<K, V>()).keys()
  }

  values(): IterableIterator<V> {
    return (this.#map() ?? new Map<K, V>()).values()
  }

  get size(): number {
    return this.#map()?.size ?? 0
  }

  clear(): void {
    ;(this.#scope.states as CellStates)[this.#name] = undefined
  }

  #map(): Map<K, V> | undefined {
    return this.#scope.states?.[this.#name] as Map<K, V> | undefined
  }
}
