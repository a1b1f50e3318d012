import type { Condition } from '../expression/condition.ts'
import type { Expression } from '../expression/expression.ts'
import { at, type Problems } from './problems.ts'

const MOST_PARTS = 10_000
const DEEPEST_USE = 32

interface Size {
  readonly parts: number
  /** How many definitions stand behind each other. */
  readonly depth: number
}

const NONE: Size = { parts: 1, depth: 0 }

/**
 * How large definitions become with all that their names stand for. Each is looked at once, so that what would grow without
 * end, or beyond what can be run, is refused before it is put together.
 */
export class DefinitionSizes {
  readonly #definitions: Readonly<Record<string, Condition | Expression>>
  readonly #problems: Problems
  readonly #known: Map<string, Size> = new Map()
  /** Names whose definitions are being looked at, each used by the one before. */
  readonly #open: string[] = []

  constructor(definitions: Readonly<Record<string, Condition | Expression>>, problems: Problems) {
    this.#definitions = definitions
    this.#problems = problems
  }

  /** Looks at every definition: circles, and what is too large. */
  check(): void {
    for (const name of Object.keys(this.#definitions)) this.#sizeOfName(name, at('definitions', name))
  }

  /** Whether a rule's condition can be put together; a mistake where not. */
  isFit(condition: Condition, path: string): boolean {
    const before = this.#problems.list.length
    this.#refuseLarge(this.#sizeOf(condition, path), path)
    return this.#problems.list.length === before
  }

  #sizeOfName(name: string, path: string): Size {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    if (!Object.hasOwn(this.#definitions, name)) return NONE
    if (this.#open.includes(name)) {
      const circle = [...this.#open.slice(this.#open.indexOf(name)), name].join(' uses ')
      this.#problems.add(path, 'RULES_DEFINITION_CYCLE', circle)
      return NONE
    }
    // Those further in are looked at when it is their turn.
    if (this.#open.length > DEEPEST_USE) return { parts: 1, depth: DEEPEST_USE }
    this.#open.push(name)
    const own = at('definitions', name)
    const inside = this.#sizeOf(this.#definitions[name], own)
    this.#open.pop()
    const size = { parts: inside.parts, depth: inside.depth + 1 }
    const isFit = this.#refuseLarge(size, own)
    this.#known.set(name, isFit ? size : NONE)
    return isFit ? size : NONE
  }

  #sizeOf(node: unknown, path: string): Size {
    if (typeof node !== 'object' || node === null) return { parts: 0, depth: 0 }
    if ('use' in node) return this.#sizeOfName(node.use as string, path)
    let [parts, depth] = [1, 0]
    for (const part of Object.values(node)) {
      const size = this.#sizeOf(part, path)
      parts += size.parts
      depth = Math.max(depth, size.depth)
    }
    return { parts, depth }
  }

  #refuseLarge({ parts, depth }: Size, path: string): boolean {
    if (parts <= MOST_PARTS && depth <= DEEPEST_USE) return true
    const what =
      depth > DEEPEST_USE
        ? `definitions use each other more than ${DEEPEST_USE} deep`
        : `with all that its names stand for it has more than ${MOST_PARTS} parts`
    this.#problems.add(path, 'RULES_CONDITION_TOO_DEEP', what)
    return false
  }
}
