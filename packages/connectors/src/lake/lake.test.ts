import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { type Committable, NO_TIMESTAMP, type Reject, type Sink, type SinkWriter } from '@millrace/core/connector'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadDuckDb } from './duckdb.ts'
import { type Lake, openLake } from './lake.ts'

type Writer = Required<SinkWriter<unknown>>

const withCode = (code: string): unknown => expect.objectContaining({ code })
const HOUR = 3_600_000
const NEW_YEAR = Date.UTC(2026, 0, 1)
const columns = { patientId: 'VARCHAR', time: 'TIMESTAMP_MS', spo2: 'DOUBLE' } as const

describe('openLake', () => {
  let directory = ''
  let lake: Lake
  beforeEach(async () => {
    // A name that SQL and globs have to be kept from.
    directory = join(await mkdtemp(join(tmpdir(), 'millrace-lake-')), "the 'lake' [1]")
    lake = await openLake({ directory, memoryLimit: '256MB', threads: 1 })
  })
  afterEach(async () => {
    await lake.close()
    await rm(join(directory, '..'), { recursive: true, force: true })
  })

  const openWriter = async <T>(sink: Sink<T>, operatorId = 'step', restored = false): Promise<Writer> =>
    (await sink.open({ operatorId, restored, signal: new AbortController().signal })) as Writer
  const start = async <T>(sink: Sink<T>, operatorId = 'step'): Promise<Writer> => {
    const writer = await openWriter(sink, operatorId)
    await writer.recover([], undefined)
    return writer
  }
  /** Everything at once, as one checkpoint. */
  const writeAll = async <T>(sink: Sink<T>, rows: readonly T[], timestamps?: readonly number[]): Promise<void> => {
    const writer = await start(sink)
    await writer.write(rows, timestamps ?? rows.map(() => NEW_YEAR))
    await writer.commit((await writer.prepareCommit(1)) as Committable)
    await writer.close()
  }
  /** What another program sees: DuckDB alone, over the files. */
  const ask = async (sql: string): Promise<readonly unknown[]> => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    try {
      return (await connection.runAndReadAll(sql)).getRowObjectsJson()
    } finally {
      connection.closeSync()
    }
  }
  const filesBelow = async (folder: string): Promise<string[]> =>
    (await readdir(join(directory, folder), { recursive: true })).filter((name) => name.endsWith('.parquet')).sort()
  const glob = (table: string): string =>
    `'${join(directory, table, '**/*.parquet').replaceAll("'", "''").replace('[', '[[]')}'`

  it('keeps values of every type as they are, absent ones as NULL', async () => {
    const types = {
      text: 'VARCHAR',
      float: 'DOUBLE',
      whole: 'INTEGER',
      large: 'BIGINT',
      flag: 'BOOLEAN',
      time: 'TIMESTAMP_MS',
      data: 'JSON',
    } as const
    const full = {
      text: "it's é\n",
      float: -0.1,
      whole: -(2 ** 31),
      large: 2n ** 63n - 1n,
      flag: false,
      time: NEW_YEAR + 123,
      data: { unit: '%', list: [1] },
    }
    const sink = lake.curated('types', { columns: types })
    await writeAll(sink, [
      full,
      { ...full, float: Number.NEGATIVE_INFINITY, large: 7, flag: true, time: new Date(0) },
      {},
      { text: null, float: Number.NaN, whole: null, large: null, flag: undefined, time: null, data: null },
    ])
    const rows = await lake.query`
      select * exclude (day, hour), data->>'$.unit' as unit from curated.types order by large nulls last, text`
    const nothing = {
      text: null,
      float: null,
      whole: null,
      large: null,
      flag: null,
      time: null,
      data: null,
      unit: null,
    }
    expect(rows).toEqual([
      {
        ...full,
        float: Number.NEGATIVE_INFINITY,
        large: 7,
        flag: true,
        time: new Date(0),
        data: '{"unit":"%","list":[1]}',
        unit: '%',
      },
      { ...full, time: new Date(NEW_YEAR + 123), data: '{"unit":"%","list":[1]}', unit: '%' },
      nothing,
      nothing,
    ])
  })

  it('keeps texts, whether a chunk holds few different ones, many, or none', async () => {
    const texts = { few: 'VARCHAR', many: 'VARCHAR', part: 'VARCHAR', odd: 'VARCHAR', none: 'VARCHAR' } as const
    const rows = Array.from({ length: 5_000 }, (_, n) => ({
      few: ['p1', '', "it's é", 'a, "b"'][n % 4],
      many: `${n}`.repeat(1 + (n % 20)),
      part: n % 3 === 0 ? null : `s${n % 5}`,
      odd: n === 4_000 ? 'a\0b' : 'x',
    }))
    await writeAll(lake.staging('texts', { columns: texts }), rows)
    const found = await lake.query`select few, many, part, odd, none from staging.texts`
    const inOrder = (all: readonly object[]): string[] => all.map((row) => JSON.stringify(row)).sort()
    expect(inOrder(found)).toEqual(inOrder(rows.map((row) => ({ ...row, none: null }))))
  })

  it('puts rows into the folders of their day and hour, which other programs read', async () => {
    const times = [0, HOUR - 1, HOUR, 25 * HOUR, -1].map((offset) => NEW_YEAR + offset)
    await writeAll(
      lake.staging('vitals', { columns }),
      times.map((time, n) => ({ patientId: `p${n}`, time })),
      times,
    )
    expect(await filesBelow('staging/vitals')).toEqual([
      'day=2025-12-31/hour=2025-12-31%2023%3A00%3A00/step.1.1-0.parquet',
      'day=2026-01-01/hour=2026-01-01%2000%3A00%3A00/step.1.1-1.parquet',
      'day=2026-01-01/hour=2026-01-01%2001%3A00%3A00/step.1.1-2.parquet',
      'day=2026-01-02/hour=2026-01-02%2001%3A00%3A00/step.1.1-3.parquet',
    ])
    expect(
      await ask(`select "patientId", "hour"::VARCHAR as h from read_parquet(${glob('staging/vitals')}) order by 1`),
    ).toEqual(
      [
        '2026-01-01 00:00:00',
        '2026-01-01 00:00:00',
        '2026-01-01 01:00:00',
        '2026-01-02 01:00:00',
        '2025-12-31 23:00:00',
      ].map((h, n) => ({ patientId: `p${n}`, h })),
    )
  })

  it('deals rows of many hours, and those without a time, into the same folders', async () => {
    const count = 40
    const rows = Array.from({ length: count * 3 }, (_, n) => ({
      patientId: `p${n}`,
      time: NEW_YEAR + (n % count) * HOUR,
    }))
    const sink = lake.curated('vitals', { columns, partitionTime: 'time' })
    await writeAll(
      sink,
      [...rows, { patientId: 'none' }],
      rows.map(() => 0),
    )
    expect((await filesBelow('curated/vitals')).length).toBe(count + 1)
    const from = new Date(NEW_YEAR + 3 * HOUR)
    expect(
      await lake.query`select count(*) as n from curated.vitals where hour = ${from} and day = ${'2026-01-01'}::DATE`,
    ).toEqual([{ n: 3 }])
    expect(await lake.query`select patientId from curated.vitals where hour is null`).toEqual([{ patientId: 'none' }])
    expect(await lake.query`select count(*) as n, count(distinct hour) as hours from curated.vitals`).toEqual([
      { n: 121, hours: count },
    ])
  })

  it('writes more rows than a chunk holds, in one checkpoint', async () => {
    const rows = Array.from({ length: 50_000 }, (_, n) => ({
      patientId: `p${n % 7}`,
      time: NEW_YEAR + n,
      spo2: n % 3 === 0 ? undefined : n,
    }))
    await writeAll(lake.staging('vitals', { columns }), rows)
    const known = rows.flatMap(({ spo2 }) => (spo2 === undefined ? [] : [spo2]))
    expect(
      await ask(
        `select count(*)::INT as n, count(spo2)::INT as known, sum(spo2) as sum from ${glob('staging/vitals')}`,
      ),
    ).toEqual([{ n: rows.length, known: known.length, sum: known.reduce((sum, spo2) => sum + spo2, 0) }])
  })

  it('reads only the files of the hours asked for', async () => {
    const rows = Array.from({ length: 100 }, (_, n) => ({ patientId: 'p', time: NEW_YEAR + n * HOUR }))
    await writeAll(lake.curated('vitals', { columns, partitionTime: 'time' }), rows)
    const [from, to] = [new Date(NEW_YEAR + 10 * HOUR), new Date(NEW_YEAR + 12 * HOUR)]
    const plan = await lake.query<{ explain_value: string }>`
      explain analyze select * from curated.vitals where hour >= ${from} and hour < ${to}`
    expect(plan[0]?.explain_value).toContain('Scanning Files: 2/100')
  })

  it('answers over hundreds of files, and while more are committed', async () => {
    const writer = await start(lake.curated('vitals', { columns }))
    for (let id = 1; id <= 150; id++) {
      await writer.write(
        [
          { patientId: 'p', time: id },
          { patientId: 'q', time: id },
        ],
        [NEW_YEAR, NEW_YEAR + HOUR],
      )
      await writer.commit((await writer.prepareCommit(id)) as Committable)
      if (id % 50 === 0) expect(await lake.query`select count(*) as n from curated.vitals`).toEqual([{ n: 2 * id }])
    }
    expect((await filesBelow('curated/vitals')).length).toBe(300)
    await writer.close()
  })

  it('shows tables to a reader without the job, also before their first row and when they come later', async () => {
    const reader = await openLake({ directory, memoryLimit: '128MB', threads: 1 })
    const query = (): Promise<unknown[]> => reader.query`select patientId, hour from staging.vitals`
    await expect(query()).rejects.toThrow(withCode('LAKE_QUERY_FAILED'))
    const writer = await start(lake.staging('vitals', { columns }))
    expect(await query()).toEqual([])
    await writer.write([{ patientId: 'p1' }], [NEW_YEAR])
    const prepared = (await writer.prepareCommit(1)) as Committable
    expect(await query()).toEqual([])
    await writer.commit(prepared)
    expect(await query()).toEqual([{ patientId: 'p1', hour: new Date(NEW_YEAR) }])
    await writer.close()
    await reader.close()
  })

  it('keeps rows as received and their rejects, so that they can be counted', async () => {
    const rejects: Reject[] = [
      { split: 'a.csv', position: 'line 3', code: 'json-invalid', reason: 'not JSON', raw: '{"' },
    ]
    await writeAll(lake.rejects('vitals'), rejects, [NO_TIMESTAMP])
    const writer = await start(lake.raw('vitals'))
    await writer.write(
      [{ raw: '{"spo2":97}', split: 'a.csv', position: 'line 2', receivedAt: NEW_YEAR + 5 }, { raw: '' }],
      [NEW_YEAR, NEW_YEAR],
    )
    await writer.write(rejects, [NO_TIMESTAMP])
    await writer.commit((await writer.prepareCommit(1)) as Committable)
    await writer.close()
    expect(await lake.query`select * from rejects.vitals`).toEqual([{ ...rejects[0], day: null, hour: null }])
    expect(await lake.query`select raw, position, receivedAt, hour from raw.vitals order by raw`).toEqual([
      { raw: '', position: null, receivedAt: null, hour: new Date(NEW_YEAR) },
      { raw: '{"', position: 'line 3', receivedAt: null, hour: null },
      { raw: '{"spo2":97}', position: 'line 2', receivedAt: new Date(NEW_YEAR + 5), hour: new Date(NEW_YEAR) },
    ])
  })

  it('writes its step, run and checkpoint into every footer', async () => {
    const writer = await start(lake.curated('vitals', { columns }), 'page / 1.a')
    await writer.write([{ patientId: 'p' }], [NEW_YEAR])
    await writer.commit((await writer.prepareCommit(17)) as Committable)
    await writer.close()
    expect((await filesBelow('curated/vitals'))[0]).toMatch(/\/page~0020~002f~00201~002ea\.1\.17-0\.parquet$/)
    const sql = `select decode(key) as key, decode(value) as value from parquet_kv_metadata(${glob('curated/vitals')}) where decode(key) like 'millrace%' order by 1`
    expect(await ask(sql)).toEqual([
      { key: 'millrace.checkpoint', value: '17' },
      { key: 'millrace.operator', value: 'page / 1.a' },
      { key: 'millrace.run', value: '1' },
      { key: 'millrace.version', value: '1' },
    ])
  })

  it('moves what a dead process had not moved yet, whichever file it died at', async () => {
    const sink = lake.curated('vitals', { columns })
    const dead = await start(sink)
    const times = [0, 1, 2].map((hour) => NEW_YEAR + hour * HOUR)
    for (let moved = 0; moved <= times.length; moved++) {
      await dead.write(
        times.map((time) => ({ time })),
        times,
      )
      const prepared = (await dead.prepareCommit(moved + 1)) as { files: unknown[] }
      const state = dead.snapshotState()
      await dead.commit({ ...prepared, files: prepared.files.slice(0, moved) })
      const successor = await openWriter(sink, 'step', true)
      await successor.recover([prepared], state)
      expect(await lake.query`select count(*) as n from curated.vitals`).toEqual([{ n: 3 * (moved + 1) }])
      await successor.close()
    }
    await dead.close()
  })

  it('fails loudly where a file is neither in the table nor pending', async () => {
    const sink = lake.curated('vitals', { columns })
    const dead = await start(sink)
    await dead.write([{ spo2: 97 }], [NEW_YEAR])
    const prepared = (await dead.prepareCommit(1)) as Committable
    const state = dead.snapshotState()
    await dead.close()
    await rm(join(directory, '.pending/curated.vitals/step/1-0.parquet'))
    await expect((await openWriter(sink, 'step', true)).recover([prepared], state)).rejects.toThrow(
      withCode('LAKE_FILE_LOST'),
    )
  })

  it('refuses a table that the step has written to, unless told to add to it', async () => {
    await writeAll(lake.curated('vitals', { columns }), [{ patientId: 'p1' }])
    await expect(start(lake.curated('vitals', { columns }))).rejects.toThrow(withCode('LAKE_TABLE_EXISTS'))
    await writeAll(lake.curated('vitals', { columns, whenExists: 'append' }), [{ patientId: 'p2' }])
    const other = await start(lake.curated('vitals', { columns }), 'another-step')
    await other.write([{ patientId: 'p3' }], [NEW_YEAR])
    await other.commit((await other.prepareCommit(1)) as Committable)
    expect(await lake.query`select patientId from curated.vitals order by 1`).toEqual(
      ['p1', 'p2', 'p3'].map((patientId) => ({ patientId })),
    )
    expect((await filesBelow('curated/vitals')).map((file) => file.slice(file.lastIndexOf('/') + 1))).toEqual([
      'another-step.1.1-0.parquet',
      'step.1.1-0.parquet',
      'step.2.1-0.parquet',
    ])
  })

  it('refuses other columns than the table has', async () => {
    await start(lake.curated('vitals', { columns }))
    const open = openWriter(lake.curated('vitals', { columns: { patientId: 'VARCHAR' } }))
    await expect(open).rejects.toThrow('declared are (patientId VARCHAR)')
    await expect(open).rejects.toThrow(withCode('LAKE_SCHEMA_MISMATCH'))
    await writeFile(join(directory, 'curated/vitals/table.json'), '{"version":2}')
    await expect(openWriter(lake.curated('vitals', { columns }))).rejects.toThrow(withCode('LAKE_SCHEMA_MISMATCH'))
  })

  it('refuses a value that does not fit its column, by column and type alone', async () => {
    const bad: Record<string, unknown>[] = [
      { spo2: 'Doe' },
      { patientId: 4711 },
      { time: 1.5 },
      { time: new Date(Number.NaN) },
    ]
    for (const row of bad) {
      const writer = await start(lake.staging('vitals', { columns }) as Sink<unknown>)
      await writer.write([row], [NEW_YEAR])
      const failed = writer.prepareCommit(1)
      await expect(failed).rejects.toThrow(withCode('LAKE_VALUE_INVALID'))
      await expect(failed).rejects.toThrow(Object.keys(row)[0])
      await expect(failed).rejects.not.toThrow(/Doe|4711/)
      await writer.close()
    }
  })

  it('refuses declarations that SQL could not hold', () => {
    for (const [name, declared] of [
      ['a.b', columns],
      ['1a', columns],
      ['v', {}],
      ['v', { hour: 'DOUBLE' }],
      ['v', { a: 'DOUBLE', A: 'DOUBLE' }],
      ['v', { 'a"b': 'DOUBLE' }],
      ['v', { a: 'FLOAT128' }],
    ] as const) {
      expect(() => lake.curated(name, { columns: declared as typeof columns })).toThrow(withCode('LAKE_TABLE_INVALID'))
    }
    const partitionTime = 'spo2' as 'time'
    expect(() => lake.curated('v', { columns, partitionTime })).toThrow(withCode('LAKE_TABLE_INVALID'))
  })

  it('binds parameters of every kind, and never makes them part of the SQL', async () => {
    const text = `'; drop schema curated; --`
    const rows = await lake.query`select ${text} as t, ${1.5} as d, ${7} as i, ${2n ** 60n} as b, ${true} as f,
      ${null} as n, ${new Date(NEW_YEAR)} as time, 9007199254740993::BIGINT as large, 1.25::DECIMAL(4, 2) as dec`
    expect(rows).toEqual([
      {
        t: text,
        d: 1.5,
        i: 7,
        b: 2n ** 60n,
        f: true,
        n: null,
        time: new Date(NEW_YEAR),
        large: 9007199254740993n,
        dec: 1.25,
      },
    ])
    expect(await lake.query`select * from range(10) limit ${2}`).toEqual([{ range: 0 }, { range: 1 }])
    for (const parameter of [undefined, {}, new Date(Number.NaN)]) {
      await expect(lake.query`select ${parameter as unknown as null}`).rejects.toThrow(
        withCode('CONNECTOR_OPTION_INVALID'),
      )
    }
  })

  it('shows mistakes in the SQL, and no values of rows', async () => {
    await expect(lake.query`select nosuch from range(1)`).rejects.toThrow(/Binder Error.*nosuch/)
    await expect(lake.query`selec 1`).rejects.toThrow(/Parser Error/)
    const failed = lake.query`select ('John ' || 'Doe' || range)::INTEGER from range(1)`
    await expect(failed).rejects.toThrow(/failed with a Conversion Error \(LAKE_QUERY_FAILED\)/)
    await expect(failed).rejects.not.toThrow(/Doe/)
    expect(await failed.catch((error: Error) => error.cause)).toBe(undefined)
  })

  it('fetches no extensions', async () => {
    await expect(lake.query`select * from read_parquet('s3://bucket/a.parquet')`).rejects.toThrow(
      withCode('LAKE_QUERY_FAILED'),
    )
    expect(await lake.query`select value from duckdb_settings() where name like 'auto%known_extensions'`).toEqual([
      { value: 'false' },
      { value: 'false' },
    ])
  })

  it('refuses options, folders and calls that cannot be', async () => {
    for (const options of [
      { memoryLimit: '80%' },
      { memoryLimit: '-1' },
      { threads: 0 },
      { threads: 1.5 },
      { directory: '' },
    ]) {
      await expect(openLake({ directory, ...options })).rejects.toThrow(withCode('CONNECTOR_OPTION_INVALID'))
    }
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'file'), '')
    await expect(openLake({ directory: join(directory, 'file') })).rejects.toThrow(withCode('LAKE_DIRECTORY_UNUSABLE'))
    const closed = await openLake({ directory })
    await closed.close()
    await closed.close()
    await expect(closed.query`select 1`).rejects.toThrow(withCode('LAKE_CLOSED'))
    await expect(openWriter(closed.raw('x'))).rejects.toThrow(withCode('LAKE_CLOSED'))
  })

  it('says that the peer is missing', async () => {
    const load = (): Promise<never> => Promise.reject(new Error('not found'))
    await expect(loadDuckDb(load)).rejects.toThrow(withCode('CONNECTOR_PEER_MISSING'))
  })

  it('removes what DuckDB spilt in a process that is no more, and no other', async () => {
    const dead = spawnSync(process.execPath, ['-e', 'console.log(process.pid)'], { encoding: 'utf8' }).stdout.trim()
    const pending = join(directory, '.pending')
    for (const name of [`spill-${dead}-0`, `spill-${process.pid}-999`]) await mkdir(join(pending, name))
    await (await openLake({ directory })).close()
    expect((await readdir(pending)).filter((name) => name.startsWith('spill-'))).toEqual([`spill-${process.pid}-999`])
  })

  it.skipIf(process.platform === 'win32')('survives a full disk', async () => {
    const sink = lake.curated('vitals', { columns })
    await writeAll(sink, [{ patientId: 'committed' }])
    const script = `
      const { openLake } = await import(${JSON.stringify(new URL('./lake.ts', import.meta.url).href)})
      const lake = await openLake({ directory: ${JSON.stringify(directory)}, memoryLimit: '256MB', threads: 1 })
      const sink = lake.curated('vitals', { columns: ${JSON.stringify(columns)} })
      const writer = await sink.open({ operatorId: 'step', restored: true, signal: new AbortController().signal })
      await writer.recover([], { version: 1, run: 1, checkpoint: 1 })
      try {
        await writer.write(Array.from({ length: 20_000 }, () => ({ spo2: Math.random() })), [])
        await writer.prepareCommit(2)
        console.log('all written')
      } catch (error) {
        console.log(error.code)
      }
      process.exit(0)`
    const flags = '--conditions=@millrace/source --input-type=module'
    const run = spawnSync('bash', ['-c', `ulimit -f 60 && exec "$0" ${flags} -e "$1"`, process.execPath, script], {
      encoding: 'utf8',
    })
    expect(run.stdout.trim(), run.stderr).toBe('CONNECTOR_DISK_FULL')
    expect(await lake.query`select patientId from curated.vitals`).toEqual([{ patientId: 'committed' }])
    const successor = await openWriter(sink, 'step', true)
    await successor.recover([], { version: 1, run: 1, checkpoint: 1 })
    expect(await readdir(join(directory, '.pending', 'curated.vitals', 'step'))).toEqual([])
    await successor.close()
  })

  it('keeps the columns beside the files, with the version of their shape', async () => {
    await start(lake.curated('vitals', { columns }))
    expect(JSON.parse(await readFile(join(directory, 'curated/vitals/table.json'), 'utf8'))).toEqual({
      version: 1,
      columns: Object.entries(columns),
    })
  })
})
