import type { BroadcastStateDescriptors, StateDescriptors } from '../../state/descriptors.ts'
import type {
  BroadcastStateOf,
  OperatorStateOf,
  ReadonlyBroadcastStateOf,
  ReadonlyMapState,
  StateOf,
} from '../../state/state.ts'
import type { OperatorContext } from '../operator.ts'

/** The states that a function declares, those of keys and its own, as the step has them. */
export function declareStates<D extends StateDescriptors>(
  context: Pick<OperatorContext<never>, 'state' | 'operatorState'>,
  declared: D | undefined,
): StateOf<D> {
  const states: Record<string, unknown> = {}
  for (const [name, descriptor] of Object.entries(declared ?? {})) {
    switch (descriptor.kind) {
      case 'value':
        states[name] = context.state.value(name, descriptor)
        break
      case 'list':
        states[name] = context.state.list(name, descriptor)
        break
      case 'map':
        states[name] = context.state.map(name, descriptor)
        break
      case 'reducing':
        states[name] = context.state.reducing(name, descriptor)
        break
      case 'aggregating':
        states[name] = context.state.aggregating(name, descriptor)
        break
      case 'operator-list':
        states[name] = context.operatorState.list(name, descriptor)
        break
    }
  }
  return states as StateOf<D>
}

/** Those of them that belong to the step itself: all that there is where no key is current. */
export function operatorStatesOf<D extends StateDescriptors>(
  declared: D | undefined,
  states: StateOf<D>,
): OperatorStateOf<D> {
  const own = Object.entries(states).filter(([name]) => declared?.[name]?.kind === 'operator-list')
  return Object.fromEntries(own) as OperatorStateOf<D>
}

/** The broadcast states that a function declares: as the broadcast side has them, and as the other side sees them. */
export function declareBroadcastStates<B extends BroadcastStateDescriptors>(
  { operatorState }: Pick<OperatorContext<never>, 'operatorState'>,
  declared: B | undefined,
): { readonly written: BroadcastStateOf<B>; readonly read: ReadonlyBroadcastStateOf<B> } {
  const written: Record<string, unknown> = {}
  const read: Record<string, unknown> = {}
  for (const [name, descriptor] of Object.entries(declared ?? {})) {
    const state = operatorState.broadcast(name, descriptor)
    written[name] = state
    read[name] = new ReadOnly(state)
  }
  return { written: written as BroadcastStateOf<B>, read: read as ReadonlyBroadcastStateOf<B> }
}

/** True where a state's time runs in event time, so that its records need timestamps. */
export function hasEventTimeTtl(declared: StateDescriptors | undefined): boolean {
  return Object.values(declared ?? {}).some((state) => 'ttl' in state && state.ttl?.domain === 'event-time')
}

/** `state a, b`, for `explain()`; nothing where there is none. */
export function stateDetail(...declared: readonly (Readonly<Record<string, unknown>> | undefined)[]): {
  detail?: string
} {
  const names = declared.flatMap((states) => Object.keys(states ?? {}))
  return names.length === 0 ? {} : { detail: `state ${names.join(', ')}` }
}

/** Has no way to write, also for whoever casts. */
class ReadOnly<K, V> implements ReadonlyMapState<K, V> {
  readonly #state: ReadonlyMapState<K, V>

  constructor(state: ReadonlyMapState<K, V>) {
    this.#state = state
  }

  get(key: K): V | undefined {
    return this.#state.get(key)
  }

  has(key: K): boolean {
    return this.#state.has(key)
  }

  get size(): number {
    return this.#state.size
  }

  entries(): IterableIterator<[K, V]> {
    return this.#state.entries()
  }

  keys(): IterableIterator<K> {
    return this.#state.keys()
  }

  values(): IterableIterator<V> {
    return this.#state.values()
  }
}
