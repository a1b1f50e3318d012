import { MillraceRulesError, refuseProblems } from '../errors.ts'
import { parseRuleSet, type RuleSet } from '../schema/rule-set.ts'
import { placedProblem } from './placed-problem.ts'
import { Places } from './places.ts'
import { readSections } from './read-sections.ts'
import { Positions } from './rule-text.ts'

/**
 * Reads rules in words, and checks them as `parseRuleSet` does. The grammar stands in `docs/concepts/rule-language.md`.
 *
 * A comment goes from `#` to the end of its line, and is no part of the rule set. At most 16 Mi characters.
 *
 * @throws RULES_INVALID with every mistake in `problems`, each with its line, its column and a caret below it. Where the
 *   text cannot be read, at most one mistake of each alarm is named.
 * @example
 * ```ts
 * import { parseRules } from '@millrace/rules'
 *
 * const rules = parseRules(`
 *   alarm spo2-low "Sustained desaturation"
 *     when spo2 < 88 % for 15s
 *     clear when spo2 >= 91 % for 10s
 *     priority high
 * `)
 * rules.rules[0]?.when // => { signal: 'spo2', below: { value: 88, unit: '%' } }
 * ```
 */
export function parseRules(source: string): RuleSet {
  const places = new Places()
  const json = readSections(source, places).toJSON()
  try {
    return parseRuleSet(json)
  } catch (error) {
    if (!(error instanceof MillraceRulesError)) throw error
    const positions = new Positions(source)
    refuseProblems(error.problems.map((problem) => placedProblem(problem, json, places, positions)))
    throw error
  }
}
