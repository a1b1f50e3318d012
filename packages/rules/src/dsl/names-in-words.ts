import { BUILT_IN_ATTRIBUTES } from '../expression/attributes.ts'
import { unknownName } from './read-token.ts'
import type { TextFault } from './rule-text.ts'

/** A word that is no signal, at its place: what it stands for is known once all of the text is read. */
interface Named {
  readonly node: { use?: string; attribute?: string }
  readonly name: string
  readonly offset: number
}

/** Names that a text gives and uses. They may be used before they are given. */
export class NamesInWords {
  readonly attributes: Set<string> = new Set(Object.keys(BUILT_IN_ATTRIBUTES))
  readonly definitions: Set<string> = new Set()
  readonly #used: Named[] = []

  /** What stands for the name until it is known. */
  use(name: string, offset: number): object {
    const node: Named['node'] = { use: name }
    this.#used.push({ node, name, offset })
    return node
  }

  /** Makes attributes of the names that are some; the faults of those that stand for nothing, the first `most` of them. */
  resolve(most: number): TextFault[] {
    const faults: TextFault[] = []
    for (const { node, name, offset } of this.#used) {
      if (this.definitions.has(name) || faults.length === most) continue
      if (!this.attributes.has(name)) {
        faults.push(unknownName(offset, name, [...this.attributes, ...this.definitions]))
        continue
      }
      delete node.use
      node.attribute = name
    }
    return faults
  }
}
