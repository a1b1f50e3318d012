import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scopeOf } from '../src/compile/resolve-rules.ts'
import { SCALAR_FUNCTIONS, WINDOW_FUNCTIONS } from '../src/expression/expression.ts'
import { canonicalUnitOf, measureName } from '../src/expression/measure.ts'
import { resolveExpression } from '../src/expression/resolve-expression.ts'
import type { Resolved } from '../src/expression/resolved.ts'
import { SIGNAL_NAMES } from '../src/expression/signals.ts'
import { type Condition, type Expression, MillraceRulesError, type Reading, type RuleSet, toSql } from '../src/index.ts'
import { closureWorths, truthOf } from './closure-worths.ts'
import { openDatabase, readingsSql } from './duckdb-worths.ts'
import { allFixtures, type Fixture, momentsOf, setWith, type Worth, whatOf } from './fixtures.ts'

// Sums in another order differ in their last digits.
const ROUNDED = /\b(?:mean|sum|slope|variability|baseline)\b/

const fixtures = allFixtures()
const sound = fixtures.filter(({ error }) => error === undefined)
const refused = fixtures.filter(({ error }) => error !== undefined)

describe('fixtures', () => {
  let database: Awaited<ReturnType<typeof openDatabase>>
  beforeAll(async () => {
    database = await openDatabase()
  })
  afterAll(() => database.close())

  it('are at least 400, each once', () => {
    console.log(`${fixtures.length} fixtures: ${sound.length} with values, ${refused.length} that are refused`)
    expect(fixtures.length).toBeGreaterThanOrEqual(400)
    expect(new Set(fixtures.map(({ name }) => name)).size).toBe(fixtures.length)
  })

  it('speak of every function, operator, word and signal', () => {
    const said = JSON.stringify(sound.map(whatOf))
    const words =
      'below atMost above atLeast between outside equals differs oneOf known during atLeastOf and or not count within ago use text attribute limit'
    const fields = words.split(' ').map((word) => `"${word}":`)
    const calls = [...WINDOW_FUNCTIONS, ...SCALAR_FUNCTIONS].map((call) => `"call":"${call}"`)
    const others = [
      ...['+', '-', '*', '/'].map((op) => `"op":"${op}"`),
      ...SIGNAL_NAMES.map((name) => `"signal":"${name}"`),
    ]
    expect([...fields, ...calls, ...others].filter((part) => !said.includes(part))).toEqual([])
  })

  it.each(sound)('by closure, $name', (fixture) => {
    expect(typeOf(fixture)).toBe(fixture.type)
    expectWorths(byClosure(fixture), fixture)
  })

  it.each(sound)('by SQL, $name', async (fixture) => {
    expectWorths(await bySql(fixture, database.query), fixture)
  })

  it.each(refused)('refused, $name', (fixture) => {
    const { error, path } = fixture
    const what = whatOf(fixture)
    const isCondition = fixture.type === 'truth'
    const inRule = problemsOf(() => setWith(fixture, isCondition ? what : { known: what }))
    const ofRule = isCondition ? 'rules[0].when' : 'rules[0].when.known'
    expect(inRule).toContainEqual({
      code: error,
      path: inRule[0]?.path.startsWith('rules') ? `${ofRule}${path}` : path,
    })
    if (!inRule[0]?.path.startsWith('rules')) return
    const set = setWith(fixture, { known: { signal: 'spo2' } })
    const inSql = problemsOf(() => toSql(what, set, { from: 'readings', nulls: 'blank' }))
    expect(inSql).toEqual(
      inRule.map(({ code, path }) => ({ code, path: path.replace(ofRule, isCondition ? 'condition' : 'value') })),
    )
  })
})

function typeOf(fixture: Fixture): string {
  if (fixture.type === 'truth') return 'truth'
  const what = whatOf(fixture) as Expression
  const report = (path: string, code: string): never => {
    throw new Error(`${path}: ${code}`)
  }
  const to = { scope: scopeOf(setWith(fixture, { known: what })), uses: [], report }
  const { type } = resolveExpression(what, '', to) as Resolved
  return type === 'text' ? 'text' : `${measureName(type)} (${canonicalUnitOf(type)})`
}

/** By the engine's own closures over its own state. */
function byClosure(fixture: Fixture): Worth[] {
  const what = whatOf(fixture)
  const set = setWith(fixture, fixture.type === 'truth' ? what : comparing(what as Expression, fixture))
  const worths = fixture.readings.map((): Worth => null)
  for (const patientId of new Set(fixture.readings.map((reading) => reading.patientId))) {
    const places = [...fixture.readings.keys()].filter((i) => fixture.readings[i]?.patientId === patientId)
    const readings = places.map((i) => fixture.readings[i] as Reading)
    const [own] = closureWorths<Worth>(set, readings, (rule, view, at, compiled) => {
      if (fixture.type === 'truth') return truthOf(rule, view, at, compiled)
      const value = rule.raise.compared[0]?.value(view, at) as number
      if (fixture.type !== 'text') return Number.isNaN(value) ? null : value
      // A text is a number inside.
      return textsOf(fixture).find((text) => compiled.texts.of(text) === value) ?? null
    })
    for (const [at, i] of places.entries()) worths[i] = own?.[at] ?? null
  }
  return momentsOf(fixture.readings).map((i) => worths[i] as Worth)
}

/** A condition that compares a value, to have it worked out. */
function comparing(expression: Expression, fixture: Fixture): Condition {
  if (fixture.type === 'text') return { expression, oneOf: textsOf(fixture).map((text) => ({ text })) } as Condition
  const unit = fixture.type?.replace(/^.* \((.*)\)$/, '$1') as string
  return { expression, above: { value: 0, unit } } as Condition
}

function textsOf({ expected = [] }: Fixture): string[] {
  const texts = expected.filter((value) => typeof value === 'string')
  return texts.length > 0 ? [...new Set(texts)] : ['?']
}

async function bySql(fixture: Fixture, query: (sql: string) => Promise<Record<string, unknown>[]>): Promise<Worth[]> {
  const what = whatOf(fixture)
  const set: RuleSet = setWith(fixture, fixture.type === 'truth' ? what : { known: what })
  const { readings, zeros = 'value', missing = 'break' } = fixture
  const times = readings.map(({ time }) => time)
  const sql = toSql(what, set, {
    from: readingsSql(readings, scopeOf(set).attributes),
    nulls: { spokenIn: 'spoken' },
    columns: { order: 'nth' },
    units: unitsIn(readings),
    span: [Math.min(...times), Math.max(...times) + 1],
    zeros,
    missing,
  })
  const rows = await query(sql)
  return momentsOf(readings).map((i) => {
    const { patientId, time } = readings[i] as Reading
    const row = rows.find((one) => one.patientId === patientId && one.time === BigInt(time))
    return typeof row?.value === 'bigint' ? Number(row.value) : (row?.value as Worth)
  })
}

/** The unit that each signal's values are written in: one a signal, since a column has one. */
function unitsIn(readings: readonly Reading[]): Record<string, string> {
  const units: Record<string, string> = {}
  for (const reading of readings) {
    for (const signal of SIGNAL_NAMES) {
      const value = reading[signal]
      if (typeof value === 'object' && value !== null) units[signal] = value.unit
    }
  }
  return units
}

function expectWorths(actual: readonly Worth[], fixture: Fixture): void {
  const expected = fixture.expected as readonly Worth[]
  if (fixture.type === 'truth' || !ROUNDED.test(JSON.stringify(whatOf(fixture)))) {
    expect(actual).toEqual(expected)
    return
  }
  const isNear = (one: Worth | undefined, i: number): boolean => {
    const wanted = expected[i]
    if (typeof one !== 'number' || typeof wanted !== 'number') return one === wanted
    return Math.abs(one - wanted) <= 1e-9 * Math.abs(wanted)
  }
  expect(actual.length).toBe(expected.length)
  expect(
    actual.filter((one, i) => !isNear(one, i)),
    `expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`,
  ).toEqual([])
}

function problemsOf(make: () => unknown): { code: string; path: string }[] {
  try {
    make()
  } catch (error) {
    if (error instanceof MillraceRulesError) return error.problems.map(({ code, path }) => ({ code, path }))
    throw error
  }
  return []
}
