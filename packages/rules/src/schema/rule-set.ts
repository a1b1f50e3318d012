import { refuseProblems } from '../errors.ts'
import { durationText } from '../expression/duration.ts'
import { SIGNALS, type Signal } from '../expression/signals.ts'
import type { BandTable } from './band-table.ts'
import { formatOf } from './format-of.ts'
import { CHECK_ALL, CHECK_ALL_BUT_ENDS, type KnownParts, uncheckedOf } from './known-parts.ts'
import type { ConditionScope } from './parse-condition.ts'
import { checkDuration } from './parse-duration.ts'
import { checkSuppression, type SuppressibleRule } from './parse-life.ts'
import { checkLimits } from './parse-limits.ts'
import { checkNames } from './parse-names.ts'
import { checkRule } from './parse-rule.ts'
import { checkSignal } from './parse-signal.ts'
import { checkTables } from './parse-table.ts'
import { at, describe, Problems } from './problems.ts'
import { FORMATS, type Format, type LimitsData, type RuleData, type RuleSetData } from './rule-data.ts'
import { freezeRuleSet, ruleSetPieces } from './rule-set-text.ts'
import { sha256OfPieces } from './sha-256.ts'
import { rulesOf } from './table-rules.ts'

/** A checked rule set. Never changes: a change makes another rule set, with another version. */
export interface RuleSet extends RuleSetData {
  /** `sha256:` and the hash of the canonical JSON with sorted keys: equal meaning written alike, equal version. */
  readonly version: string
  /** The canonical form, so that `JSON.stringify(ruleSet)` is what to store. */
  toJSON(): RuleSetData
}

/**
 * Checks a rule set that was read as JSON, and brings it to its canonical form.
 *
 * Quantities may be written `"88 %"` or `{ "value": 88, "unit": "%" }`, durations `"30s"` or as a number of ms.
 *
 * @throws RULES_INVALID with every mistake and the path to it in `problems`.
 * @example
 * ```ts
 * import { parseRuleSet } from '@millrace/rules'
 *
 * const rules = parseRuleSet({
 *   format: 1,
 *   rules: [{ id: 'spo2-low', priority: 'high', when: { signal: 'spo2', below: '88 %' }, for: '15s' }],
 * })
 * rules.rules[0]?.when // => { signal: 'spo2', below: { value: 88, unit: '%' } }
 * ```
 */
export function parseRuleSet(json: unknown): RuleSet {
  return parse(json, CHECK_ALL)
}

/** The same for a set of a history, which says beside it until when patients' own limits hold. */
export function parseWrittenRuleSet(json: unknown): RuleSet {
  return parse(json, CHECK_ALL_BUT_ENDS)
}

/**
 * The same for a set that has most from another: rules, tables of limits and names that are the very objects of `from` are not
 * checked again where nothing else that they rest on is new.
 */
export function parseChangedRuleSet(json: RuleSetData, from: RuleSet): RuleSet {
  return parse(json, uncheckedOf(json, from))
}

function parse(json: unknown, known: KnownParts): RuleSet {
  const problems = new Problems()
  const data = checkRuleSet(json, known, problems)
  refuseProblems(problems.list)
  return ruleSetFrom(data as RuleSetData)
}

/** The set of a checked one's rules and tables without some of them: what is left needs no check. */
export function remainingRuleSet(from: RuleSet, rules: readonly RuleData[], tables: readonly BandTable[]): RuleSet {
  const { rules: _, tables: __, format: ___, ...others } = from.toJSON()
  const data = { rules, ...others, ...(tables.length > 0 && { tables }) }
  return ruleSetFrom({ format: formatOf(data), ...data })
}

function ruleSetFrom(data: RuleSetData): RuleSet {
  const frozen = freezeRuleSet(data)
  let version: string | undefined
  return Object.freeze({
    ...frozen,
    // Worked out when it is asked for: of a set that never runs nobody does.
    get version() {
      version ??= `sha256:${sha256OfPieces(ruleSetPieces(frozen))}`
      return version
    },
    toJSON: () => frozen,
  })
}

function checkRuleSet(json: unknown, known: KnownParts, problems: Problems): RuleSetData | undefined {
  if (typeof json === 'string') {
    return problems.add('', 'RULES_TYPE_INVALID', 'a parsed value is needed, got a text: pass JSON.parse(text)')
  }
  const object = problems.object(json, '')
  if (object === undefined) return undefined
  problems.unknownFields(
    object,
    ['format', 'rules', 'limits', 'validFor', 'attributes', 'schedules', 'definitions', 'tables'],
    '',
  )
  if (!FORMATS.includes(object.format as Format)) {
    problems.add('format', 'RULES_FORMAT_UNSUPPORTED', `format ${describe(object.format)} is not known`)
  }
  const limits = object.limits === undefined ? undefined : checkLimits(object.limits, 'limits', problems, known)
  const validFor = object.validFor === undefined ? {} : checkValidFor(object.validFor, 'validFor', problems)
  // A limit whose quantity is refused is there all the same for the rules that refer to it.
  const named = Object(Object(object.limits).default) as Record<string, never>
  const names = checkNames(object, named, problems)
  const checked = checkRules(object.rules, names.scope, known, problems)
  const rules = checked.filter((rule) => rule !== undefined)
  const before = problems.list.length
  const tables = checkTables(object.tables, names.data.attributes ?? {}, problems)
  // Of a table that is refused it is not known which rules it has.
  if (problems.list.length === before) checkSuppressionOf(checked, object.rules, tables, problems)
  checkTableIds(rules, tables, problems)
  const data = {
    rules,
    ...(limits !== undefined && Object.keys(limits.default).length > 0 && { limits: limits as LimitsData }),
    ...(Object.keys(validFor).length > 0 && { validFor }),
    ...names.data,
    ...(tables.length > 0 && { tables }),
  }
  const format = formatOf(data)
  if (object.format === 1 && format === 2) {
    problems.add('format', 'RULES_FORMAT_UNSUPPORTED', 'the set says what format 1 cannot: write "format": 2')
  }
  return { format, ...data }
}

/** A table's rules stand beside those that are written. */
function checkTableIds(rules: readonly RuleData[], tables: readonly BandTable[], problems: Problems): void {
  if (tables.length === 0) return
  const ids = new Set(rules.map(({ id }) => id))
  for (const [i, table] of tables.entries()) {
    for (const { id } of rulesOf(table)) {
      if (!ids.has(id)) continue
      problems.add(at(at('tables', i), 'id'), 'RULES_ID_DUPLICATE', `${describe(id)} is the id of a rule already`)
    }
  }
}

type CheckedRule = RuleData | undefined

/** Each rule in its place: none where it is refused. */
function checkRules(value: unknown, scope: ConditionScope, known: KnownParts, problems: Problems): CheckedRule[] {
  if (value === undefined) problems.add('rules', 'RULES_FIELD_MISSING', 'a rule set needs rules')
  const array = value === undefined ? [] : (problems.array(value, 'rules') ?? [])
  const fresh = new Set<unknown>()
  const checked = array.map((item, i) => {
    if (known.hasRule(item)) return item as RuleData
    fresh.add(Object(item).id)
    return checkRule(item, at('rules', i), scope, problems)
  })
  checkIds(array, fresh, problems)
  return checked
}

/** A table's rules may speak for those that are written; none speaks for them. */
function checkSuppressionOf(
  rules: readonly CheckedRule[],
  items: unknown,
  tables: readonly BandTable[],
  problems: Problems,
): void {
  if (!rules.some((rule) => rule?.suppressedBy !== undefined)) return
  const written = rules.flatMap((rule, i) => suppressible(rule, (items as readonly unknown[])[i], at('rules', i)))
  const ofTables = tables.flatMap(rulesOf).map(({ id, priority }) => ({ id, priority, path: '' }))
  checkSuppression([...written, ...ofTables], problems)
}

/** Rules that were checked have ids of their own: two are of one id where one of them is `fresh`. */
function checkIds(rules: readonly unknown[], fresh: ReadonlySet<unknown>, problems: Problems): void {
  if (fresh.size === 0) return
  const seen = new Map<string, number>()
  for (const [i, item] of rules.entries()) {
    const { id } = Object(item)
    if (typeof id !== 'string' || !fresh.has(id)) continue
    const first = seen.get(id)
    if (first === undefined) seen.set(id, i)
    else {
      const what = `${describe(id)} is the id of rules[${first}] already`
      problems.add(at(at('rules', i), 'id'), 'RULES_ID_DUPLICATE', what)
    }
  }
}

/** A rule that is refused is there all the same for those that it suppresses. */
function suppressible(rule: CheckedRule, item: unknown, path: string): SuppressibleRule[] {
  const { id } = Object(item)
  if (typeof id !== 'string') return []
  if (rule === undefined) return [{ id, path }]
  const { priority, suppressedBy } = rule
  return suppressedBy === undefined
    ? [{ id, path, priority }]
    : [{ id, path, priority, suppressedBy, written: Object(item).suppressedBy }]
}

function checkValidFor(value: unknown, path: string, problems: Problems): Partial<Record<Signal, string>> {
  const object = problems.object(value, path) ?? {}
  const entries: [Signal, string][] = []
  for (const [name, duration] of Object.entries(object)) {
    const signal = checkSignal(name, at(path, name), problems)
    const ms = checkDuration(duration, at(path, name), problems)
    if (signal === undefined || ms === undefined || ms === SIGNALS[signal].validForMs) continue
    entries.push([signal, durationText(ms)])
  }
  return Object.fromEntries(entries)
}
