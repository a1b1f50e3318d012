import { placedProblem } from '../dsl/placed-problem.ts'
import { Places } from '../dsl/places.ts'
import { readSections } from '../dsl/read-sections.ts'
import { Positions } from '../dsl/rule-text.ts'
import { MillraceRulesError, type RuleProblem, refuseProblems } from '../errors.ts'
import type { GivenRules } from './rule-change.ts'

/** What the mistakes of a set that was put together are to be said of. */
export interface Merged {
  readonly json: object
  /** The path in what was given; the same where it is none of that. */
  sourceOf(path: string): string
}

/** Rules as they were given, not checked. */
export interface GivenSet {
  readonly json: Readonly<Record<string, unknown>>
  /** Checks, and says of each mistake where it stands in what was given. */
  checked<T>(check: () => T, merged?: Merged): T
}

/** @throws RULES_INVALID for a text that cannot be read. */
export function readGiven(given: GivenRules): GivenSet {
  if (typeof given !== 'string') {
    return { json: given, checked: (check, merged) => caught(check, (problem) => sourced(problem, merged)) }
  }
  const places = new Places()
  const json = readSections(given, places).toJSON() as GivenSet['json']
  return {
    json,
    checked: (check, merged) => {
      return caught(check, (problem) => placedProblem(problem, merged?.json ?? json, places, new Positions(given)))
    },
  }
}

function sourced(problem: RuleProblem, merged: Merged | undefined): RuleProblem {
  return merged === undefined ? problem : { ...problem, path: merged.sourceOf(problem.path) }
}

function caught<T>(check: () => T, placed: (problem: RuleProblem) => RuleProblem): T {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof MillraceRulesError)) throw error
    refuseProblems(error.problems.map(placed))
    throw error
  }
}
