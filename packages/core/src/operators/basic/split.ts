import { type OutputTag, outputTag } from '../../elements/output-tag.ts'
import { MillraceError } from '../../errors.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'

/** The name under which a split gives what no predicate wanted. */
export const REST = 'rest'

export type SplitPredicates<T> = Readonly<Record<string, (value: T) => boolean>>

/**
 * Sends each record to the side output of the first predicate that holds for it, in the order in which they stand there; what
 * none wants goes to the main output. Keeps nothing.
 *
 * @throws CORE_OPTION_INVALID without predicates, for one that is no function, and for the name `rest`.
 */
export function splitOperator<T>(predicates: SplitPredicates<T>): OperatorFactory<T, T> {
  const names = Object.keys(predicates)
  if (names.length === 0) throw new MillraceError('CORE_OPTION_INVALID', 'a split was given no predicates')
  for (const name of names) {
    if (name === REST)
      throw new MillraceError('CORE_OPTION_INVALID', `a split has a predicate named '${REST}': that is what none wants`)
    if (typeof predicates[name] === 'function') continue
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      `the predicate '${name}' of a split was ${typeof predicates[name]}, not a function`,
    )
  }
  return {
    kind: 'split',
    keyed: false,
    usesTime: false,
    detail: names.join(', '),
    sideOutputs: names,
    create: () => new SplitOperator(predicates),
  }
}

class SplitOperator<T> implements Operator<T, T> {
  readonly #ways: readonly { readonly tag: OutputTag<T>; readonly predicate: (value: T) => boolean }[]
  #context!: OperatorContext<T>

  constructor(predicates: SplitPredicates<T>) {
    this.#ways = Object.entries(predicates).map(([name, predicate]) => ({ tag: outputTag<T>(name), predicate }))
  }

  open(context: OperatorContext<T>): void {
    this.#context = context
  }

  processRecord(value: T, timestamp: number): void {
    const { place, output, operatorId } = this.#context
    place.step = operatorId
    for (const { tag, predicate } of this.#ways) {
      if (!predicate(value)) continue
      output.emitTo(tag, value, timestamp)
      return
    }
    output.emit(value, timestamp)
  }
}
