import { readdirSync, readFileSync } from 'node:fs'
import {
  type Condition,
  type Expression,
  type MissingPolicy,
  parseRuleSet,
  parseRules,
  printRules,
  type Reading,
  type RuleSet,
  type RuleSetData,
  type RulesErrorCode,
  type ZerosPolicy,
} from '../src/index.ts'

/** What a fixture is worth after the last reading of each moment: null is unknown. */
export type Worth = number | string | boolean | null

/** One condition or value, and what it is worth, or why it is refused. */
export interface FixtureCase {
  /** In words, or as JSON; of JSON, a rule set's condition or expression. */
  readonly words?: string
  readonly json?: unknown
  readonly about?: string
  readonly zeros?: ZerosPolicy
  readonly missing?: MissingPolicy
  /** `truth`, `text`, or the measure and its canonical unit: `rate (/min)`. */
  readonly type?: string
  readonly expected?: readonly Worth[]
  readonly error?: RulesErrorCode
  /** From the condition or expression on; of a mistake in the set, from its beginning. */
  readonly path?: string
}

/** Cases of one set and one list of readings, of which those of one patient stand in order. */
export interface FixtureGroup {
  readonly about: string
  readonly set?: Omit<Partial<RuleSetData>, 'rules' | 'format'>
  readonly zeros?: ZerosPolicy
  readonly missing?: MissingPolicy
  readonly readings?: readonly (Omit<Reading, 'patientId'> & { readonly patientId?: string })[]
  readonly cases: readonly FixtureCase[]
}

/** A fixture by itself. */
export interface Fixture extends FixtureCase {
  readonly name: string
  readonly set: NonNullable<FixtureGroup['set']>
  readonly readings: readonly Reading[]
}

export const FOLDER = new URL('../fixtures/', import.meta.url)

export function fixtureFiles(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
}

export function readFixtureFile(file: string): { readonly groups: readonly FixtureGroup[] } {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))
}

/** Every case of a group, by itself. */
export function fixturesOf(file: string, group: FixtureGroup): Fixture[] {
  const { about, set = {}, readings = [], zeros, missing } = group
  return group.cases.map((one) => ({
    ...(zeros && { zeros }),
    ...(missing && { missing }),
    ...one,
    name: `${file}: ${about}: ${[one.about, one.words ?? JSON.stringify(one.json), one.zeros, one.missing].filter(Boolean).join(', ')}`,
    set,
    readings: readings.map((reading) => ({ patientId: 'p1', ...reading }) as Reading),
  }))
}

export function allFixtures(): Fixture[] {
  return fixtureFiles().flatMap((file) => readFixtureFile(file).groups.flatMap((group) => fixturesOf(file, group)))
}

/** The fixture's set, with a rule that speaks of nothing but a condition. */
export function setWith({ set, zeros, missing }: Fixture, when: unknown): RuleSet {
  const rule = { id: 'fixture', when, ...(zeros && { zeros }), ...(missing && { missing }) }
  return parseRuleSet({ format: 2, ...set, rules: [rule] })
}

/** What a fixture speaks of as JSON; of words, as they are read behind the set in words. */
export function whatOf(fixture: Fixture): Condition | Expression {
  if (fixture.words === undefined) return fixture.json as Condition | Expression
  const set = printRules(parseRuleSet({ format: 2, ...fixture.set, rules: [] }))
  const words = fixture.type === 'truth' ? fixture.words : `${fixture.words} is known`
  const when = parseRules(`${set}\nalarm fixture\n  when ${words}\n`).rules[0]?.when as Condition
  return fixture.type === 'truth' ? when : (when as { known: Expression }).known
}

/** The places in the list of readings of the last reading of each moment of a patient. */
export function momentsOf(readings: readonly Reading[]): number[] {
  return [...readings.keys()].filter((i) => {
    const { patientId, time } = readings[i] as Reading
    return !readings.slice(i + 1).some((other) => other.patientId === patientId && other.time === time)
  })
}
