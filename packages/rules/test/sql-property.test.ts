import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scopeOf } from '../src/compile/resolve-rules.ts'
import { canonicalUnitOf } from '../src/expression/measure.ts'
import { resolveExpression } from '../src/expression/resolve-expression.ts'
import type { Resolved } from '../src/expression/resolved.ts'
import {
  type Condition,
  type Expression,
  parseRuleSet,
  type Reading,
  type RuleData,
  type RuleSet,
  type RuleSetData,
  toSql,
} from '../src/index.ts'
import { closureWorths, truthOf } from './closure-worths.ts'
import { openDatabase, readingsSql } from './duckdb-worths.ts'
import { readings2, ruleSets2 } from './engine-arbitraries.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 50)
const DAY_MS = 86_400_000

/** Patients of whom there are readings, in the order of their times. */
const patients = fc.array(readings2, { minLength: 1, maxLength: 8 }).map((all) => {
  const named = all.map((readings, i) => readings.map((reading) => ({ ...reading, patientId: `p${i}` })))
  return named.filter((readings) => readings.length > 0).map((own) => own.sort((a, b) => a.time - b.time))
})

describe('in SQL', () => {
  let database: Awaited<ReturnType<typeof openDatabase>>
  beforeAll(async () => {
    database = await openDatabase()
  })
  afterAll(() => database.close())

  /** Of each moment of each patient, in order. */
  async function bySql(what: Condition | Expression, set: RuleSet, rule: RuleData, rows: Reading[][]) {
    const sql = toSql(what, set, {
      from: readingsSql(rows.flat(), scopeOf(set).attributes),
      nulls: { spokenIn: 'spoken' },
      columns: { order: 'nth' },
      span: [9 * DAY_MS, 11 * DAY_MS],
      zeros: rule.zeros ?? 'value',
      missing: rule.missing ?? 'break',
    })
    return (await database.query(`${sql} order by all`)).map(({ value }) => value)
  }

  it('conditions hold as the closures find', async () => {
    await fc.assert(
      fc.asyncProperty(ruleSets2, patients, async (data, rows) => {
        if (rows.length === 0) return
        const set = parseRuleSet(data)
        const truths = rows.map((own) => closureWorths(set, own, truthOf).map((of) => atMoments(own, of)))
        for (const [i, rule] of set.rules.entries()) {
          const expected = truths.flatMap((of) => of[i])
          expect(await bySql(rule.when as Condition, set, rule, rows)).toEqual(expected)
        }
      }),
      { numRuns: cases },
    )
  })

  it('values are what the closures find, but for the last digits of sums', async () => {
    await fc.assert(
      fc.asyncProperty(ruleSets2, patients, async (data, rows) => {
        if (rows.length === 0) return
        const rule = data.rules[0] as RuleData
        for (const expression of valuesIn(rule.when).slice(0, 3)) {
          const set = setThatCompares(expression, data)
          const expected = rows.flatMap((own) => {
            const worths = closureWorths(
              set,
              own,
              ({ raise }, view, at) => raise.compared[0]?.value(view, at) as number,
            )
            return atMoments(own, worths[0] as number[])
          })
          const actual = await bySql(expression, set, rule, rows)
          expect(actual.map((value) => value ?? Number.NaN)).toEqual(expected.map((value) => near(value)))
        }
      }),
      { numRuns: cases },
    )
  })
})

function near(value: number): unknown {
  return Number.isInteger(value) || Number.isNaN(value) ? value : expect.closeTo(value, 9)
}

/** The values after the last reading of each moment. */
function atMoments<T>(readings: readonly Reading[], all: readonly T[]): T[] {
  return all.filter((_, i) => readings[i + 1]?.time !== readings[i]?.time)
}

/** The numbers that are compared in a condition. */
function valuesIn(node: unknown): Expression[] {
  if (typeof node !== 'object' || node === null) return []
  const found = Object.entries(node).flatMap(([field, value]) => {
    return field === 'expression' || field === 'known' ? [value as Expression] : valuesIn(value)
  })
  return found.filter((value) => !('attribute' in value && value.attribute === 'pathway'))
}

/** A set with one rule, that compares the value: so it is worked out. */
function setThatCompares(expression: Expression, data: RuleSetData): RuleSet {
  const { zeros, missing } = data.rules[0] as RuleData
  const scope = scopeOf(data)
  const { type } = resolveExpression(expression, '', { scope, uses: [], report: () => undefined }) as Resolved
  const above = { value: 0, unit: type === 'text' ? '1' : canonicalUnitOf(type) }
  const rule = { id: 'r', when: { expression, above }, ...(zeros && { zeros }), ...(missing && { missing }) }
  return parseRuleSet({ ...data, rules: [rule] })
}
