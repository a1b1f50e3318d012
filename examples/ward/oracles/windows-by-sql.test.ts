import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareWindows, type WindowRow, windowsBySql } from './windows-by-sql.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-oracle-'))
  writeFileSync(
    join(folder, 'a_01_Numerics.csv'),
    'Time [s], HR, PULSE, RESP, SpO2\n0,80,81,12,97\n9.999,90,,0,96\n10,100,NaN,14,\n25,70, ,16,90\n',
  )
  writeFileSync(join(folder, "b'2.csv"), 'Time [s], HR, SpO2\n-0.008,55,98\n12,60,99\n13,,\n')
  writeFileSync(join(folder, 'notes.txt'), 'not a recording')
})
afterAll(() => rmSync(folder, { recursive: true }))

const none = { count: 0, mean: null, min: null, max: null }
const one = (value: number): object => ({ count: 1, mean: value, min: value, max: value })
const byHand = [
  {
    patientId: 'a_01',
    start: 0,
    end: 10_000,
    count: 2,
    vitals: {
      heartRate: { count: 2, mean: 85, min: 80, max: 90 },
      pulseRate: one(81),
      respiratoryRate: { count: 2, mean: 6, min: 0, max: 12 },
      spo2: { count: 2, mean: 96.5, min: 96, max: 97 },
    },
  },
  {
    patientId: 'a_01',
    start: 10_000,
    end: 20_000,
    count: 1,
    vitals: { heartRate: one(100), pulseRate: none, respiratoryRate: one(14), spo2: none },
  },
  {
    patientId: 'a_01',
    start: 20_000,
    end: 30_000,
    count: 1,
    vitals: { heartRate: one(70), pulseRate: none, respiratoryRate: one(16), spo2: one(90) },
  },
  {
    patientId: "b'2",
    start: -10_000,
    end: 0,
    count: 1,
    vitals: { heartRate: one(55), pulseRate: none, respiratoryRate: none, spo2: one(98) },
  },
  {
    patientId: "b'2",
    start: 10_000,
    end: 20_000,
    count: 2,
    vitals: { heartRate: one(60), pulseRate: none, respiratoryRate: none, spo2: one(99) },
  },
] as WindowRow[]

describe('windows by SQL', () => {
  test('are those computed by hand: half-open, before 1970 too, zeros counted, blanks and NaN not', async () => {
    expect(await windowsBySql(folder, 10_000)).toEqual(byHand)
  })

  test('fail on a cell that is no number', async () => {
    const bad = mkdtempSync(join(tmpdir(), 'millrace-oracle-'))
    writeFileSync(join(bad, 'c_Numerics.csv'), 'Time [s], HR\n0,80\n1,eighty\n')
    await expect(windowsBySql(bad, 10_000)).rejects.toThrow()
    rmSync(bad, { recursive: true })
  })
})

describe('comparing windows', () => {
  const compare = (rows: readonly unknown[]): string[] => {
    const path = join(folder, 'windows.ndjson')
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    return compareWindows(path, byHand).map(({ patientId, start, what }) => `${patientId} ${start} ${what}`)
  }
  const first = byHand[0] as WindowRow
  const changed = (change: (row: { -readonly [K in keyof WindowRow]: unknown }) => void): unknown[] => {
    const rows = structuredClone(byHand) as { -readonly [K in keyof WindowRow]: unknown }[]
    change(rows[0] as (typeof rows)[number])
    return rows
  }

  test('finds no difference in the same windows in another order, nor in the last bits of a mean', () => {
    expect(compare([...byHand].reverse())).toEqual([])
    const vitals = { ...first.vitals, heartRate: { count: 2, mean: 85 * (1 + 1e-12), min: 80, max: 90 } }
    expect(compare(changed((row) => Object.assign(row, { vitals })))).toEqual([])
  })

  test('finds each kind of difference', () => {
    expect(compare(byHand.slice(1))).toEqual(['a_01 0 window'])
    expect(compare([...byHand, first])).toEqual(['a_01 0 window'])
    expect(compare([...byHand, { ...first, start: 50_000 }])).toEqual(['a_01 50000 window'])
    expect(compare(changed((row) => Object.assign(row, { count: 3 })))).toEqual(['a_01 0 count'])
    expect(compare(changed((row) => Object.assign(row, { end: 10_001 })))).toEqual(['a_01 0 end'])
    const off = { ...first.vitals, spo2: { count: 2, mean: 96.5000001, min: 96, max: 98 } }
    expect(compare(changed((row) => Object.assign(row, { vitals: off })))).toEqual([
      'a_01 0 spo2.max',
      'a_01 0 spo2.mean',
    ])
    const more = { ...first.vitals, systolic: one(120) }
    expect(compare(changed((row) => Object.assign(row, { vitals: more }))).length).toBe(4)
    const empty = { ...first.vitals, systolic: none }
    expect(compare(changed((row) => Object.assign(row, { vitals: empty })))).toEqual([])
  })
})
