import { MillraceRulesError, type RuleProblem, refuseProblems } from '../errors.ts'
import { didYouMean } from '../schema/problems.ts'
import { parseRuleSet, type RuleSet } from '../schema/rule-set.ts'
import {
  expected,
  expectWord,
  Places,
  parseConditionText,
  parseDurationText,
  parseLimitName,
  parseQuantityText,
  parseSignalText,
  parseWhenText,
  takeWord,
} from './parse-condition-text.ts'
import { Positions, RuleText, TextFault } from './rule-text.ts'

const LONGEST = 16 * 1024 * 1024
const MOST_FAULTS = 50
const CLAUSES = ['when', 'clear', 'zeros', 'missing', 'priority']
const SECTIONS = ['alarm', 'limits', 'valid']
const CHOICE = /[A-Za-z][\w-]*/y
const ID = /[A-Za-z0-9][\w.-]*/y
const INSIDE_TEXT = [/[^"\\\n]+/y, /\\./y]

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
  if (typeof source !== 'string' || source.length > LONGEST) {
    const message = typeof source === 'string' ? `more than ${LONGEST} characters` : 'a text is needed'
    refuseProblems([{ path: '', code: 'RULES_TEXT_INVALID', message }])
  }
  const text = new RuleText(source)
  const places = new Places()
  const faults: TextFault[] = []
  const set = new SetInWords(places)
  while (!text.isAtEnd && faults.length < MOST_FAULTS) {
    try {
      parseSection(text, places, set)
    } catch (error) {
      if (!(error instanceof TextFault)) throw error
      faults.push(error)
      goToNextSection(text, error.offset)
    }
  }
  if (faults.length > 0) {
    const positions = new Positions(source)
    refuseProblems(
      faults.map(({ code, message, offset }) => ({ path: '', code, message, position: positions.at(offset) })),
    )
  }
  const json = set.toJSON()
  try {
    return parseRuleSet(json)
  } catch (error) {
    if (!(error instanceof MillraceRulesError)) throw error
    const positions = new Positions(source)
    refuseProblems(error.problems.map((problem) => placed(problem, json, places, positions)))
    throw error
  }
}

type Table = Map<string, object>

/** What the sections say, until it is JSON. */
class SetInWords {
  readonly rules: object[] = []
  readonly defaults: Table = new Map()
  readonly wards = new Map<string, Table>()
  readonly patients = new Map<string, Table>()
  readonly validFor = new Map<string, string>()
  readonly #validAt: Record<string, number> = {}
  readonly #places: Places

  constructor(places: Places) {
    this.#places = places
  }

  valid(signal: string, duration: string, offset: number): void {
    if (this.validFor.has(signal)) throw new TextFault(offset, 'how long this signal is valid is said already')
    this.validFor.set(signal, duration)
    this.#validAt[signal] = offset
  }

  toJSON(): object {
    const tables = (of: ReadonlyMap<string, Table>) =>
      Object.fromEntries([...of].map(([who, table]) => [who, Object.fromEntries(table)]))
    const hasLimits = this.defaults.size + this.wards.size + this.patients.size > 0
    const limits = {
      default: Object.fromEntries(this.defaults),
      ...(this.wards.size > 0 && { wards: tables(this.wards) }),
      ...(this.patients.size > 0 && { patients: tables(this.patients) }),
    }
    const validFor = this.#places.note(Object.fromEntries(this.validFor), 0, this.#validAt)
    return this.#places.note({ format: 2, rules: this.rules, ...(hasLimits && { limits }), validFor }, 0)
  }
}

function parseSection(text: RuleText, places: Places, set: SetInWords): void {
  const offset = text.offset
  if (takeWord(text, 'alarm')) set.rules.push(parseAlarm(text, places, offset))
  else if (takeWord(text, 'limits')) parseLimits(text, places, set)
  else if (takeWord(text, 'valid')) {
    const at = text.offset
    const signal = parseSignalText(text)
    expectWord(text, 'for')
    set.valid(signal, parseDurationText(text), at)
  } else throw unknownWord(text, SECTIONS)
}

function parseAlarm(text: RuleText, places: Places, offset: number): object {
  const at: Record<string, number> = { id: text.offset }
  const id = text.take(ID)
  if (id === undefined) throw expected(text, "the alarm's id")
  const rule: Record<string, unknown> = { id }
  at.because = text.offset
  const because = takeText(text)
  if (because !== undefined) rule.because = because
  at.kind = text.offset
  if (takeWord(text, 'technical')) rule.kind = 'technical'
  while (!text.isAtEnd && !isAtSection(text)) parseClause(text, places, rule, at)
  return places.note(rule, offset, at)
}

function parseClause(text: RuleText, places: Places, rule: Record<string, unknown>, at: Record<string, number>): void {
  const offset = text.offset
  const clause = CLAUSES.find((word) => takeWord(text, word))
  if (clause === undefined) {
    if (takeWord(text, 'notify'))
      throw new TextFault(offset, 'notify is not in the language yet', 'RULES_TEXT_UNSUPPORTED')
    throw unknownWord(text, [...CLAUSES, ...SECTIONS])
  }
  if (Object.hasOwn(rule, clause)) throw new TextFault(offset, `this alarm has its "${clause}" already`)
  at[clause] = text.offset
  if (clause === 'when') {
    rule.when = parseWhenText(text, places)
    at.for = text.offset
    if (takeWord(text, 'for')) rule.for = parseDurationText(text)
  } else if (clause === 'clear') rule.clear = parseClear(text, places, offset)
  else {
    const word = text.take(CHOICE)
    if (word === undefined) throw expected(text, 'a word')
    rule[clause] = word
  }
}

function parseClear(text: RuleText, places: Places, offset: number): object {
  const when = takeWord(text, 'when') ? parseConditionText(text, places) : undefined
  const at = text.offset
  const delay = takeWord(text, 'for') ? parseDurationText(text) : undefined
  if (when === undefined && delay === undefined) throw expected(text, '"when" or "for"')
  return places.note({ ...(when && { when }), ...(delay !== undefined && { for: delay }) }, offset, { for: at })
}

function parseLimits(text: RuleText, places: Places, set: SetInWords): void {
  while (!text.isAtEnd && !isAtSection(text)) {
    const table = parseWhose(text, set)
    const offset = text.offset
    const name = parseLimitName(text)
    if (table.has(name)) throw new TextFault(offset, 'this limit is given here already')
    table.set(name, parseQuantityText(text, places))
  }
}

function parseWhose(text: RuleText, set: SetInWords): Table {
  if (takeWord(text, 'default')) return set.defaults
  const tables = takeWord(text, 'ward') ? set.wards : takeWord(text, 'patient') ? set.patients : undefined
  if (tables === undefined) throw unknownWord(text, ['default', 'ward', 'patient'])
  const who = takeText(text) ?? text.take(ID)
  if (who === undefined) throw expected(text, 'whose limit it is')
  const table: Table = tables.get(who) ?? new Map()
  tables.set(who, table)
  return table
}

/** A text in quotes, with the escapes of JSON. */
function takeText(text: RuleText): string | undefined {
  const offset = text.offset
  if (text.peek(/"/y) === undefined) return undefined
  const quoted = text.takeQuoted(INSIDE_TEXT)
  if (quoted === undefined) throw new TextFault(offset, 'this text has no closing quote on its line')
  try {
    return JSON.parse(quoted) as string
  } catch {
    throw new TextFault(offset, 'this text has an escape or a character that JSON does not allow in a text')
  }
}

function isAtSection(text: RuleText): boolean {
  return text.peek(/(?:alarm|limits|valid)(?![\w-])/y) !== undefined
}

/** After a mistake: to the next line that begins with a section's word. */
function goToNextSection(text: RuleText, from: number): void {
  const next = /\n[ \t]*(?=(?:alarm|limits|valid)(?![\w-]))/g
  next.lastIndex = from
  const found = next.exec(text.source)
  text.offset = found === null ? text.source.length : found.index + found[0].length
}

function unknownWord(text: RuleText, known: readonly string[]): TextFault {
  const found = text.peek(/[A-Za-z][\w-]*/y)
  const fault = expected(text, known.join(', '))
  return new TextFault(fault.offset, fault.message + (found === undefined ? '' : didYouMean(found, known)))
}

/** The mistake with the place in the text of what its path leads to, or of the nearest thing around it. */
function placed(problem: RuleProblem, json: object, places: Places, positions: Positions): RuleProblem {
  let node: unknown = json
  let offset = 0
  for (const [, index, quoted, name] of problem.path.matchAll(
    /\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([A-Za-z_$][\w$-]*)/g,
  )) {
    if (typeof node !== 'object' || node === null) break
    const step = index ?? name ?? (JSON.parse(quoted as string) as string)
    const next: unknown = Object.hasOwn(node, step) ? (node as Record<string, unknown>)[step] : undefined
    const own = typeof next === 'object' && next !== null ? places.of(next, '') : undefined
    offset = own ?? places.of(node, step) ?? offset
    node = next
  }
  return { ...problem, position: positions.at(offset) }
}
