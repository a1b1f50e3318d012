import { expressionOf } from '../../expression/expression-of.ts'
import { expressionText } from '../../expression/expression-text.ts'
import type { PastNode, WindowNode } from '../../expression/resolved.ts'
import type { Signal } from '../../expression/signals.ts'
import { channelKey } from '../channel-key.ts'
import type { Policies } from '../policies.ts'
import type { ChannelNode } from '../to-number.ts'
import type { CountedNode } from './counted-node.ts'
import type { SpokenOf } from './spoken-of.ts'
import { sqlName } from './sql-text.ts'

/** What the columns of a query's steps are called. */
export class SqlColumns {
  readonly #derived = new Map<string, string>()
  readonly #counted: readonly CountedNode[]
  readonly #policies: Policies

  constructor({ derived, counted }: SpokenOf, policies: Policies) {
    this.#counted = counted
    this.#policies = policies
    const taken = new Set<string>()
    for (const [key, node] of derived) {
      let text = expressionText(expressionOf(node))
      // SQL tells no upper from lower case in names.
      while (taken.has(text.toLowerCase())) text += "'"
      taken.add(text.toLowerCase())
      this.#derived.set(key, sqlName(text))
    }
  }

  of(node: ChannelNode): string {
    switch (node.kind) {
      case 'signal':
        return this.signal(node.signal)
      case 'attribute':
        return this.attribute(node.attribute)
      case 'past':
      case 'window':
        return this.derived(node)
    }
  }

  /** An annotation: NaN is a blank, NULL where nothing is said of the signal. */
  signal(signal: Signal): string {
    return sqlName(signal)
  }

  /** The value of an annotation, NULL where it has none. */
  value(signal: Signal): string {
    return sqlName(`${signal} value`)
  }

  /** The time of the annotation that is in force. */
  since(signal: Signal): string {
    return sqlName(`${signal} since`)
  }

  /** The time at which the next annotation ends the one at hand. */
  until(signal: Signal): string {
    return sqlName(`${signal} until`)
  }

  /** How many values there have been. */
  nth(signal: Signal): string {
    return sqlName(`${signal} nth`)
  }

  /** The ward has a column of its own, since limits and schedules ask for it too. */
  attribute(attribute: string): string {
    return attribute === 'ward' ? 'ward' : sqlName(`attribute ${attribute}`)
  }

  derived(node: PastNode | WindowNode): string {
    return this.#derived.get(channelKey(node, this.#policies)) as string
  }

  counted(node: CountedNode): string {
    return sqlName(`satisfied ${this.#counted.indexOf(node) + 1}`)
  }
}
