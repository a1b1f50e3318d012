import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Expression, parseRuleSet, parseRules, type SqlOptions, toSql } from '../src/index.ts'
import { openDatabase } from './duckdb-worths.ts'

const HOLDS = { from: 'readings', nulls: 'blank' } as const
const SPO2_LOW = { signal: 'spo2', below: { value: 90, unit: '%' } } as const
const SET = parseRuleSet({
  format: 2,
  rules: [],
  attributes: { bed: 'text' },
  schedules: { night: { from: '22:00', to: '06:00', zone: 'UTC' } },
  limits: {
    default: { 'spo2.low': '90 %', 'spo2.LOW': '80 %' },
    wards: { "o'neill": { 'spo2.low': '85 %' } },
    patients: { 'p"2': { 'spo2.low': '95 %' } },
  },
})

describe('a table of readings', () => {
  let database: Awaited<ReturnType<typeof openDatabase>>
  beforeAll(async () => {
    database = await openDatabase()
  })
  afterAll(() => database.close())

  const valuesOf = async (what: Parameters<typeof toSql>[0], options: SqlOptions): Promise<unknown[]> =>
    (await database.query(`${toSql(what, SET, options)} order by all`)).map(({ value }) => value)

  const GAPS =
    "(select * from (values ('p', 0, 97e0), ('p', 1, null), ('p', 2, 'nan'), ('p', 3, null), ('p', 4, 'inf'), ('p', 5, 95)) t(\"patientId\", time, spo2))"

  it('says by an option what a NULL means; what is no number is a blank in every case', async () => {
    const spo2 = { signal: 'spo2' } as const
    expect(await valuesOf(spo2, { from: GAPS, nulls: 'blank' })).toEqual([97, null, null, null, null, 95])
    expect(await valuesOf(spo2, { from: GAPS, nulls: 'not-spoken-of' })).toEqual([97, 97, null, null, null, 95])
    const named = `(select *, if(time = 3, ['spo2'], if(time = 1, [], ['heartRate', 'spo2'])) as says from ${GAPS})`
    expect(await valuesOf(spo2, { from: named, nulls: { spokenIn: 'says' } })).toEqual([97, 97, null, null, null, 95])
    expect(await valuesOf(spo2, { from: GAPS, nulls: 'blank', missing: 'hold' })).toEqual([97, 97, 97, 97, 97, 95])
  })

  it('tells an attribute that is unknown from one that is not spoken of', async () => {
    const from =
      "(select * from (values ('p', 0, 'a', null), ('p', 1, null, ['bed']), ('p', 2, 'b', ['bed']), ('p', 3, null, [])) t(\"patientId\", time, bed, says))"
    const bed = { attribute: 'bed' }
    expect(await valuesOf(bed, { from, nulls: 'blank' })).toEqual(['a', null, 'b', null])
    expect(await valuesOf(bed, { from, nulls: 'not-spoken-of' })).toEqual(['a', 'a', 'b', 'b'])
    expect(await valuesOf(bed, { from, nulls: { spokenIn: 'says' } })).toEqual([null, null, 'b', 'b'])
  })

  it('has columns of other names and types, times as timestamps, and values in other units', async () => {
    await database.query(
      `create table "vital signs" ("subject ""id""" integer, charttime timestamp, "T, [degF]" decimal(5, 1), sats integer, unit varchar)`,
    )
    await database.query(
      `insert into "vital signs" values (7, '2026-01-01 00:00:00.001', 100.4, 88, 'o''neill'), (7, '2026-01-01 00:00:01', 98.6, 84, null)`,
    )
    const options: SqlOptions = {
      from: '"vital signs"',
      nulls: 'blank',
      columns: { patientId: 'subject "id"', time: 'charttime', temperature: 'T, [degF]', spo2: 'sats', ward: 'unit' },
      units: { temperature: '[degF]' },
      times: 'timestamp',
    }
    const rows = await database.query(`${toSql({ signal: 'temperature' }, SET, options)} order by all`)
    expect(rows.map(({ value }) => value)).toEqual([38, 37])
    expect(Object.keys(rows[0] as object)).toEqual(['subject "id"', 'charttime', 'value'])
    expect(rows.map(({ charttime }) => String(charttime))).toEqual(['2026-01-01 00:00:00.001', '2026-01-01 00:00:01'])
    expect(await valuesOf({ signal: 'spo2', below: { limit: 'spo2.low' } }, options)).toEqual([false, true])
  })

  it('finds limits of patients and wards whose names hold quotes, and limits whose names differ by capitals alone', async () => {
    const from = `(select * from (values ('p"2', 0, 94, null), ('p3', 0, 89, null), ('p3', 1, 89, 'o''neill')) t("patientId", time, spo2, ward))`
    const low = { signal: 'spo2', below: { limit: 'spo2.low' } } as const
    expect(await valuesOf(low, { from, nulls: 'blank' })).toEqual([true, true, false])
    const share = (limit: string) => ({
      call: 'timeInRange' as const,
      signal: 'spo2' as const,
      over: '1m',
      between: [{ limit }, { value: 100, unit: '%' }] as const,
    })
    const both = { op: '-', left: share('spo2.low'), right: share('spo2.LOW') } as Expression
    expect(await valuesOf(both, { from, nulls: 'blank' })).toEqual([-100, -100, 0])
  })

  it('is refused by the query where two rows of a time speak of one thing, and nothing says which is the last', async () => {
    const from = '(select * from (values (1, 0, 97, 2), (1, 0, 88, 1)) t("patientId", time, spo2, arrival))'
    await expect(valuesOf(SPO2_LOW, { from, nulls: 'blank' })).rejects.toThrow('say by which column they are ordered')
    expect(await valuesOf(SPO2_LOW, { from, nulls: 'blank', columns: { order: 'arrival' } })).toEqual([false])
  })

  it('is refused by the query where a moment lies outside of the span that schedules are written out for', async () => {
    const from = '(select 1 as "patientId", 10 as time, 97 as spo2)'
    const during = { during: 'night' }
    expect(await valuesOf(during, { from, nulls: 'blank', span: [10, 11] })).toEqual([true])
    await expect(valuesOf(during, { from, nulls: 'blank', span: [0, 10] })).rejects.toThrow('outside of the span')
  })
})

describe('toSql', () => {
  it.each([
    ['from', { from: '' }],
    ['nulls', { nulls: 'skipped' }],
    ['nulls', { nulls: {} }],
    ['columns', { columns: { spo3: 'spo2' } }],
    ['columns.spo2', { columns: { spo2: '' } }],
    ['attributes.bed', { attributes: { bed: 5 } }],
    ['units', { units: { pulse: '/min' } }],
    ['units.spo2', { units: { spo2: '/min' } }],
    ['times', { times: 's' }],
    ['zeros', { zeros: 'none' }],
    ['missing', { missing: 'skip' }],
    ['span', { span: [1, 1] }],
    ['span', { span: [0.5, 1] }],
  ])('refuses a wrong option: %s', (option, wrong) => {
    const make = () => toSql(SPO2_LOW, SET, { ...HOLDS, ...wrong } as SqlOptions)
    expect(make).toThrow(expect.objectContaining({ code: 'RULES_OPTION_INVALID' }))
    expect(make).toThrow(new RegExp(`^${option} needs `))
  })

  it('takes a rule by its id, one of a table too, with what it says of zeros and of blanks', () => {
    const rules = parseRules(`
      table vitals by age
        row 1 heart-rate medium
        row 2 heart-rate from 50 /min normal
      alarm low
        when spo2 < 90 %
        zeros no-signal
        missing hold
    `)
    const asSaid = toSql(SPO2_LOW, rules, { ...HOLDS, zeros: 'no-signal', missing: 'hold' })
    expect(toSql('low', rules, HOLDS)).toBe(asSaid)
    expect(toSql('low', rules, { ...HOLDS, zeros: 'value', missing: 'break' })).toBe(toSql(SPO2_LOW, rules, HOLDS))
    expect(toSql('vitals.1', rules, HOLDS)).toContain('"heartRate"')
    expect(() => toSql('lov', rules, HOLDS)).toThrow('there is no rule "lov"; did you mean low?')
  })

  it('needs a span where a condition speaks of a schedule', () => {
    expect(() => toSql({ during: 'night' }, SET, HOLDS)).toThrow('span is needed')
  })

  it('refuses a silence, which is about the clock and not about readings', () => {
    expect(() => toSql({ silent: 'spo2', within: '30s' } as never, SET, HOLDS)).toThrow('a silence stands alone')
  })

  it('writes each part once, however deep it stands', () => {
    const deep = (depth: number): Expression => {
      const call = depth % 2 === 0 ? 'least' : 'greatest'
      return depth === 0 ? { signal: 'spo2' } : { call, args: [deep(depth - 1), { value: depth, unit: '%' }] }
    }
    const lengths = [10, 20, 30].map((depth) => toSql({ known: deep(depth) }, SET, HOLDS).length) as [
      number,
      number,
      number,
    ]
    expect(lengths[2] - lengths[1]).toBeLessThan(1.2 * (lengths[1] - lengths[0]))
  })
})
