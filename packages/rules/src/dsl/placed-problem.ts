import type { RuleProblem } from '../errors.ts'
import type { Places } from './places.ts'
import type { Positions } from './rule-text.ts'

/** The mistake with the place in the text of what its path leads to, or of the nearest thing around it. */
export function placedProblem(problem: RuleProblem, json: object, places: Places, positions: Positions): RuleProblem {
  // What is wrong with a name stands at the name, not at what it names.
  const isOfName = problem.code === 'RULES_NAME_TAKEN' || problem.code === 'RULES_ID_INVALID'
  let node: unknown = json
  let offset = 0
  for (const [, index, quoted, name] of problem.path.matchAll(
    /\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([A-Za-z_$][\w$-]*)/g,
  )) {
    if (typeof node !== 'object' || node === null) break
    const step = index ?? name ?? (JSON.parse(quoted as string) as string)
    const next: unknown = Object.hasOwn(node, step) ? (node as Record<string, unknown>)[step] : undefined
    const own = typeof next === 'object' && next !== null ? places.of(next, '') : undefined
    const field = places.of(node, step)
    offset = (isOfName ? (field ?? own) : (own ?? field)) ?? offset
    node = next
  }
  return { ...problem, position: positions.at(offset) }
}
