import { reducingState, type StateOptions } from '../../state/descriptors.ts'
import type { ReducingState } from '../../state/state.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { hasEventTimeTtl } from './declared-states.ts'

/**
 * Folds each record into what its key's records came to before, and emits that: one result a record, with the record's timestamp;
 * the first of a key as it is. Keeps one value a key, until its TTL has passed; without one for good.
 *
 * @throws CORE_OPTION_INVALID when `reduce` is no function.
 */
export function keyedReduceOperator<T>(
  reduce: (held: T, value: T) => T,
  options: StateOptions<T> = {},
): OperatorFactory<T, T> {
  const reduced = reducingState(reduce, options)
  return {
    kind: 'keyed-reduce',
    keyed: true,
    usesTime: reduced.ttl !== undefined,
    ...(hasEventTimeTtl({ reduced }) ? { needsTimestamps: true } : {}),
    sideOutputs: [],
    create: () => new KeyedReduceOperator(reduced),
  }
}

class KeyedReduceOperator<T> implements Operator<T, T> {
  readonly #descriptor: ReturnType<typeof reducingState<T>>
  #context!: OperatorContext<T>
  #reduced!: ReducingState<T>

  constructor(descriptor: ReturnType<typeof reducingState<T>>) {
    this.#descriptor = descriptor
  }

  open(context: OperatorContext<T>): void {
    this.#context = context
    this.#reduced = context.state.reducing('reduced', this.#descriptor)
  }

  processRecord(value: T, timestamp: number): void {
    const { place, output, operatorId } = this.#context
    place.step = operatorId
    this.#reduced.add(value)
    // With an event-time TTL a record that is late beyond it is forgotten at once, and stands for itself.
    output.emit(this.#reduced.get() ?? value, timestamp)
  }
}
