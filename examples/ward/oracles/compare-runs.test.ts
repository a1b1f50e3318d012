import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compareRuns } from './compare-runs.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-compare-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** Writes a run's folder: texts, and Parquet files as lists of `(id, value)`. */
async function run(
  name: string,
  texts: Record<string, string>,
  tables: Record<string, readonly [number, number | null][]>,
): Promise<string> {
  const folder = join(root, name)
  for (const [file, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  for (const [file, rows] of Object.entries(tables)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    const values = rows.map(([id, value]) => `(${id}, ${value}::double)`).join(', ')
    await connection.run(`copy (from (values ${values}) t(id, value)) to '${join(folder, file)}' (format parquet)`)
  }
  connection.closeSync()
  return folder
}

const texts = {
  'alarms.ndjson': '{"a":1}\n{"a":2}\n',
  'windows.ndjson': '{"w":1}\n{"w":1}\n',
  'summary.json': JSON.stringify({
    read: 5,
    late: { total: 1 },
    seconds: 3.5,
    readingsPerSecond: 7,
    peakMemoryBytes: 9,
  }),
  'lake/raw/lines/hour=01/part-1.ndjson': 'x\ny\n',
}
const tables = {
  'lake/staging/vitals/hour=2026-01-01T00/a.parquet': [
    [1, 2],
    [3, null],
  ],
  'lake/staging/vitals/hour=2026-01-01T01/b.parquet': [[1, 2]],
} satisfies Record<string, [number, number | null][]>

const differences = async (left: string, right: string): Promise<Record<string, number>> =>
  Object.fromEntries((await compareRuns(left, right)).map(({ what, differing }) => [what, differing]))

describe('comparing two runs', () => {
  test('finds none where only order, cut and timings differ', async () => {
    const left = await run('left', texts, tables)
    const right = await run(
      'right',
      {
        'alarms.ndjson': '{"a":2}\n{"a":1}\n',
        'windows.ndjson': texts['windows.ndjson'],
        'summary.json': texts['summary.json'].replace('3.5', '60'),
        'lake/raw/lines/hour=01/part-1.ndjson': 'y\n',
        'lake/raw/lines/hour=01/part-2.ndjson': 'x\n',
      },
      {
        'lake/staging/vitals/hour=2026-01-01T00/1.parquet': [[3, null]],
        'lake/staging/vitals/hour=2026-01-01T00/2.parquet': [[1, 2]],
        'lake/staging/vitals/hour=2026-01-01T01/1.parquet': [[1, 2]],
      },
    )
    expect(await differences(left, right)).toEqual({
      'alarms.ndjson': 0,
      'windows.ndjson': 0,
      'lake/raw/lines': 0,
      'lake/staging/vitals': 0,
      'summary.json': 0,
      'pending files': 0,
    })
  })

  test('finds what is lost, repeated or changed', async () => {
    const left = await run('left', texts, tables)
    const right = await run(
      'right',
      {
        'alarms.ndjson': '{"a":1}\n{"a":2}\n{"a":2}\n',
        'windows.ndjson': '{"w":1}\n',
        'summary.json': texts['summary.json'].replace('"total":1', '"total":2'),
        'lake/raw/lines/hour=01/part-1.ndjson': 'x\nz\n',
        'lake/raw/lines/hour=01/.part-2.ndjson.pending-3': 'left behind',
      },
      {
        ...tables,
        'lake/staging/vitals/hour=2026-01-01T01/b.parquet': [
          [1, 2],
          [1, 2],
        ],
      },
    )
    expect(await differences(left, right)).toEqual({
      'alarms.ndjson': 1,
      'windows.ndjson': 1,
      'lake/raw/lines': 2,
      'lake/staging/vitals': 1,
      'summary.json': 1,
      'pending files': 1,
    })
  })

  test('finds a row that stands in another partition, and a table that is not there', async () => {
    const left = await run('left', texts, tables)
    const moved: Record<string, readonly [number, number | null][]> = {
      'lake/staging/vitals/hour=2026-01-01T00/a.parquet': [
        [1, 2],
        [3, null],
        [1, 2],
      ],
    }
    const right = await run('right', texts, moved)
    expect((await differences(left, right))['lake/staging/vitals']).toBe(2)
    const bare = await run('bare', {}, {})
    mkdirSync(bare)
    expect(Object.values(await differences(left, bare)).slice(0, -1)).not.toContain(0)
    expect(Object.values(await differences(bare, bare)).slice(0, -1)).not.toContain(0)
  })
})
