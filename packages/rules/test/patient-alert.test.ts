import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  evaluateRules,
  type MillraceRulesError,
  parseRuleSet,
  parseRules,
  printRules,
  type RuleSet,
} from '../src/index.ts'
import { Driver } from './driver.ts'

const root = join(import.meta.dirname, '../../..')
const folder = join(root, process.env.MILLRACE_DATA ?? '../shared/data', 'seeds/patient_alert')
const isThere = existsSync(folder)
if (!isThere && process.env.CI === 'true')
  throw new Error('the patient-alert system’s table is not there: set MILLRACE_DATA')

const SIGNALS = { heartBeat: ['heartRate', '/min'], bp: ['systolic', 'mm[Hg]'] } as const

/** The rows of a comma-separated file with names in its first line. */
function rowsOf(file: string): Record<string, string>[] {
  const [head = '', ...lines] = readFileSync(join(folder, file), 'utf8').trim().split('\n')
  const names = head.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i] as string, cell])))
}

/** The table as that system has it: closed bands of whole numbers, each row with the values that it is for. */
const table = (continuous: boolean): object => ({
  id: 'vitals',
  by: 'age',
  continuous,
  rows: rowsOf('thresholds.csv').map((row) => {
    const [signal, unit] = SIGNALS[row.attribute as keyof typeof SIGNALS]
    return {
      id: row.ref_id,
      signal,
      by: { from: `${row.low_age_limit} a`, to: `${row.high_age_limit} a` },
      from: `${row.low_range_value} ${unit}`,
      to: `${row.high_range_value} ${unit}`,
      ...(row.alert_flag === '1' && { priority: 'medium', because: row.alert_message }),
    }
  }),
})

/** The row that a value belongs to, read off the table as it is printed: the greatest lower limit at or below it. */
function rowFor(attribute: string, age: number, value: number): Record<string, string> {
  const rows = rowsOf('thresholds.csv').filter((row) => row.attribute === attribute)
  const ages = rows.filter((row) => Number(row.low_age_limit) <= Math.floor(age))
  const group = Math.max(...ages.map((row) => Number(row.low_age_limit)))
  const inGroup = ages.filter((row) => Number(row.low_age_limit) === group && Number(row.low_range_value) <= value)
  return inGroup.reduce((a, b) => (Number(a.low_range_value) > Number(b.low_range_value) ? a : b))
}

interface Vitals {
  readonly age?: number | null
  readonly heartRate?: number | null
  readonly systolic?: number | null
}

/** Ids of the rules whose alarms one reading raises. */
function alarmsOf(rules: RuleSet, { age, ...vitals }: Vitals): string[] {
  const driver = new Driver(() => evaluateRules(rules))
  driver.read({ patientId: 'p1', time: 1_000, ...vitals, ...(age !== undefined && { attributes: { age } }) })
  return driver.events.map(({ rule, event }) => (event === 'raised' ? rule : `${rule} ${event}`))
}

describe.skipIf(!isThere)("the patient-alert system's table of thresholds", () => {
  it('is refused as it stands, each hole being named', () => {
    const problems = (() => {
      try {
        parseRuleSet({ format: 2, rules: [], tables: [table(false)] })
        return []
      } catch (error) {
        return (error as MillraceRulesError).problems
      }
    })()
    expect(problems.map(({ code }) => code)).toEqual(problems.map(() => 'RULES_TABLE_HOLE'))
    expect(problems.map(({ message }) => message).toSorted()).toEqual(
      [
        'age of heartRate: no row is for values above 100 a',
        'age of systolic: no row is for values above 100 a',
        ...[
          [
            'heartRate, age from 0 a to 40 a',
            [
              [69, 70],
              [78, 79],
            ],
            '/min',
          ],
          [
            'heartRate, age from 41 a to 100 a',
            [
              [65, 66],
              [73, 74],
            ],
            '/min',
          ],
          [
            'systolic, age from 0 a to 40 a',
            [
              [160, 161],
              [220, 221],
            ],
            'mm[Hg]',
          ],
          [
            'systolic, age from 41 a to 100 a',
            [
              [150, 151],
              [180, 181],
            ],
            'mm[Hg]',
          ],
        ].flatMap(([what, holes, unit]) => [
          ...(holes as number[][]).map(
            ([a, b]) => `${what}: no row is for values between ${a} ${unit} and ${b} ${unit}`,
          ),
          `${what}: no row is for values above 9999 ${unit}`,
        ]),
      ].toSorted(),
    )
  })

  const rules = isThere ? parseRuleSet({ format: 2, rules: [], tables: [table(true)] }) : (undefined as never)

  it('is written in words, and read back as the same', () => {
    const text = printRules(rules)
    expect(text).toContain('  row 9 heart-rate age from 41 a from 74 /min medium "Higher Heart Rate than Normal"\n')
    expect(parseRules(text).version).toBe(rules.version)
    expect(printRules(parseRules(text))).toBe(text)
  })

  it('takes every edge to the right row once it is continuous', () => {
    let cases = 0
    const edges = (name: string, column: string) => [
      ...new Set(
        rowsOf('thresholds.csv')
          .filter((row) => row.attribute === name)
          .map((row) => Number(row[column])),
      ),
    ]
    for (const [name, [signal]] of Object.entries(SIGNALS)) {
      const values = [...edges(name, 'low_range_value'), ...edges(name, 'high_range_value')]
      for (const age of [0, 0.5, 39, 40, 40.9, 41, 41.5, 67, 100, 100.5, 101, 120]) {
        for (const edge of values.flatMap((value) => [value, value + 0.001, value + 0.5, value + 0.999])) {
          const row = rowFor(name, age, edge)
          const expected = row.alert_flag === '1' ? [`vitals.${row.ref_id}`] : []
          const other = signal === 'heartRate' ? { systolic: 170 } : { heartRate: 72 }
          const raised = alarmsOf(rules, { age, ...other, [signal]: edge })
          const own = raised.filter((id) =>
            rowsOf('thresholds.csv').some((one) => id === `vitals.${one.ref_id}` && one.attribute === name),
          )
          expect([age, edge, own]).toEqual([age, edge, expected])
          cases++
        }
      }
    }
    expect(cases).toBeGreaterThan(500)
  })

  it('gives two alarms where heart rate and pressure are both out of band', () => {
    expect(alarmsOf(rules, { age: 67, heartRate: 80, systolic: 189 })).toEqual(['vitals.9', 'vitals.12'])
  })

  it('delivers the alert that was delivered then, for the row that it names', () => {
    const alert = JSON.parse(readFileSync(join(folder, 'alert_example.json'), 'utf8'))
    const driver = new Driver(() => evaluateRules(rules))
    const { age, bp: systolic, heartbeat: heartRate } = alert
    driver.read({ patientId: 'p4', time: 1_000, systolic, heartRate, attributes: { age } })
    const [event, ...more] = driver.events
    expect(more).toEqual([])
    expect(event?.rule).toBe(`vitals.${alert.matches_threshold_ref_id}`)
    // The mail was set in another case.
    expect(event?.why.because?.toLowerCase()).toBe(alert.alert_message.toLowerCase())
  })

  it('finds in the recorded readings what the printed table says', () => {
    const ages = new Map(rowsOf('patients.csv').map((row) => [row.patientid, Number(row.age)]))
    const readings = rowsOf('vitals_excerpt.csv')
    expect(readings).toHaveLength(47)
    for (const row of readings) {
      const age = ages.get(row.customerId) as number
      const [heartRate, systolic] = [Number(row.heartBeat), Number(row.bp)]
      const expected = [rowFor('heartBeat', age, heartRate), rowFor('bp', age, systolic)].filter(
        (one) => one.alert_flag === '1',
      )
      expect(alarmsOf(rules, { age, heartRate, systolic })).toEqual(expected.map((one) => `vitals.${one.ref_id}`))
    }
  })

  it('is never silent: an unknown patient, an unknown age and a vital that is null are alarms too', () => {
    const both = ['vitals.heart-rate.unknown', 'vitals.systolic.unknown']
    expect(alarmsOf(rules, { heartRate: 72, systolic: 170 })).toEqual(both)
    expect(alarmsOf(rules, { age: null, heartRate: 72, systolic: 170 })).toEqual(both)
    expect(alarmsOf(rules, { age: 67, heartRate: null, systolic: 170 })).toEqual(['vitals.heart-rate.unknown'])
    expect(alarmsOf(rules, { age: 67, heartRate: 70 })).toEqual(['vitals.systolic.unknown'])
    expect(alarmsOf(rules, { age: 67, heartRate: 200, systolic: null })).toEqual([
      'vitals.9',
      'vitals.systolic.unknown',
    ])
  })
})
