import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { openLake } from '@millrace/connectors/lake'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WardTruth } from './generator/ward-truth.ts'
import { parseCommand } from './options.ts'
import { compareRuns } from './oracles/compare-runs.ts'
import { runWard } from './run-ward.ts'
import type { WardSummary } from './summary.ts'

const MAIN = [process.execPath, '--conditions=@millrace/source', join(import.meta.dirname, 'main.ts')] as const

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ward-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Runs the whole of it in this process: the exit code, and what it wrote to the terminal. */
async function run(...args: string[]): Promise<{ code: number; text: string }> {
  let text = ''
  const out = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  }) as unknown as NodeJS.WriteStream
  const command = parseCommand(args)
  if (command === 'help') throw new Error('help was asked for')
  return { code: await runWard(command, out), text }
}

const outOf = (name: string): string => join(folder, name)
const small = (name: string, seed: number): string[] => [
  ...['--patients', '6', '--duration', '20m', '--seed', String(seed), '--out', outOf(name)],
]
const lines = async (name: string, file: string): Promise<string[]> =>
  (await readFile(join(outOf(name), file), 'utf8')).split('\n').filter(Boolean)
const summaryOf = async (name: string): Promise<WardSummary> =>
  JSON.parse(await readFile(join(outOf(name), 'summary.json'), 'utf8'))

describe('a generated ward', () => {
  it('finds what was injected, kind by kind', async () => {
    const { code, text } = await run(...small('a', 1))
    expect(text).not.toContain('DIFFERS')
    expect(code).toBe(0)
    const { counts: truth, lateness } = JSON.parse(await readFile(join(outOf('a'), 'truth.json'), 'utf8')) as WardTruth
    const { counts } = await summaryOf('a')
    expect(counts).toMatchObject({
      read: truth.lines,
      staged: truth.readings,
      rejected: truth.broken.total + truth.duplicates,
      rejectedBy: {
        'json-invalid': truth.broken.truncated + truth.broken.garbage,
        'patient-missing': truth.broken.missingPatientId,
        'unit-unknown': truth.broken.unknownUnit,
        duplicate: truth.duplicates,
      },
      late: lateness.late.total,
      converted: truth.unitConversions,
      impossible: truth.impossibleValues.total,
      clockAhead: truth.wrongClock.ahead,
      clockBehind: truth.wrongClock.behind,
      windows: (await lines('a', 'windows.ndjson')).length,
      alarmEvents: (await lines('a', 'alarms.ndjson')).length,
    })
    expect(counts.read).toBe(counts.staged + counts.rejected)
    for (const kind of [counts.late, counts.converted, counts.alarmEvents, ...Object.values(counts.rejectedBy)])
      expect(kind).toBeGreaterThan(0)
  })

  it('keeps every line in the lake, and each where it belongs', async () => {
    await run(...small('a', 1))
    const { counts } = await summaryOf('a')
    const lake = await openLake({ directory: join(outOf('a'), 'lake') })
    const rows = await lake.query<Record<string, number>>`select
      (select count(*) from raw.vitals)::double as read, (select count(*) from staging.vitals)::double as staged,
      (select count(*) from rejects.vitals)::double as rejected, (select count(*) from curated.alarms)::double as alarms,
      (select count(*) from staging.vitals where clock is null)::double as believed,
      (select count(*) from curated.vitals)::double as curated`
    await lake.close()
    const { read, staged, rejected, alarmEvents: alarms } = counts
    const believed = staged - counts.clockAhead - counts.clockBehind
    expect(rows).toEqual([{ read, staged, rejected, alarms, believed, curated: believed }])
  })

  it('gives the same bytes for the same seed, and others for another', async () => {
    for (const [name, seed] of [
      ['a', 1],
      ['b', 1],
      ['c', 2],
    ] as const)
      await run(...small(name, seed))
    for (const file of ['alarms.ndjson', 'windows.ndjson', 'truth.json']) {
      const bytes = (name: string): Promise<Buffer> => readFile(join(outOf(name), file))
      expect((await bytes('a')).equals(await bytes('b'))).toBe(true)
      expect((await bytes('a')).equals(await bytes('c'))).toBe(false)
    }
  })
})

describe('the folder of a run', () => {
  it('is refused where it is in use, and is as it was', async () => {
    await mkdir(outOf('a'))
    await writeFile(join(outOf('a'), 'notes.txt'), 'mine')
    await expect(run(...small('a', 1))).rejects.toMatchObject({ code: 'CORE_OPTION_INVALID' })
    expect(await readdir(outOf('a'))).toEqual(['notes.txt'])
  })

  it('with --resume: no checkpoint means start, a finished run says what it came to', async () => {
    const first = await run(...small('a', 1), '--resume')
    expect(first).toMatchObject({ code: 0, text: expect.stringContaining('starting from the beginning') })
    const alarms = await lines('a', 'alarms.ndjson')
    const again = await run(...small('a', 1), '--resume')
    expect(again).toMatchObject({ code: 0, text: expect.stringContaining('this run has finished already') })
    expect(again.text).toContain(`read ${(await summaryOf('a')).counts.read} =`)
    expect(await lines('a', 'alarms.ndjson')).toEqual(alarms)
  })

  it.skipIf(process.platform === 'win32')(
    'with --resume after a disk was full: goes on, says from where, and leaves what a run without a fault leaves',
    async () => {
      const args = (name: string): string[] => ['--patients', '6', '--duration', '2h', '--out', outOf(name)]
      // No file may grow beyond 200 kB; windows.ndjson would, at the latest.
      const full = spawnSync(
        'bash',
        ['-c', 'ulimit -f 200 && exec "$@"', 'bash', ...MAIN, ...args('a'), '--checkpoint', '50ms'],
        {
          encoding: 'utf8',
          timeout: 60_000,
        },
      )
      expect(full.status).toBe(1)
      expect(full.stderr).toMatch(/CONNECTOR_DISK_FULL|CORE_CHECKPOINT_FAILED/)
      const { code, text } = await run(...args('a'), '--resume')
      expect(code).toBe(0)
      expect(text).toMatch(/resuming from checkpoint \d+: \d+ records|starting from the beginning/)
      await run(...args('b'))
      const comparisons = await compareRuns(outOf('a'), outOf('b'))
      expect(comparisons.filter(({ differing }) => differing > 0)).toEqual([])
    },
  )
})

describe('a folder of files', () => {
  it('is read whatever the columns are called, and what is wrong is rejected row by row', async () => {
    const input = join(folder, 'input')
    await mkdir(input)
    await writeFile(
      join(input, 'bed1_Numerics.csv'),
      'Time [s], HR, temperature, temperatureUnit\n0,90,37,Cel\n1,,99,F?\n2,x,37,Cel\n3,92,98.6,[degF]\n',
    )
    await writeFile(
      join(input, 'rest.ndjson'),
      '{"patientId":"p9","time":"2026-01-01T00:00:00.500Z","heartRate":61}\n{"broken\n{"patientId":"","time":1000,"heartRate":61}\n[1]\n{"patientId":"p9","heartRate":62}\n',
    )
    await run('--input', input, '--epoch', '2026-01-01T00:00:00Z', '--out', outOf('a'))
    const windows = (await lines('a', 'windows.ndjson')).map((line) => JSON.parse(line))
    expect(windows).toEqual([
      {
        patientId: 'bed1',
        start: Date.UTC(2026, 0),
        end: Date.UTC(2026, 0) + 60_000,
        count: 2,
        vitals: {
          heartRate: { count: 2, mean: 91, min: 90, max: 92 },
          temperature: { count: 2, mean: expect.closeTo(37, 9), min: 37, max: expect.closeTo(37, 9) },
        },
      },
      expect.objectContaining({ patientId: 'p9', start: Date.UTC(2026, 0), count: 1 }),
    ])
    const { counts } = await summaryOf('a')
    expect(counts).toMatchObject({ read: 9, staged: 3, rejected: 6, converted: 1 })
    expect(counts.rejectedBy).toEqual({
      'json-invalid': 1,
      'patient-missing': 1,
      'row-invalid': 1,
      'time-invalid': 1,
      'unit-unknown': 1,
      'value-invalid': 1,
    })
    // No alarm is a file without a line.
    expect(await readFile(join(outOf('a'), 'alarms.ndjson'), 'utf8')).toBe('')
  })

  it('where rows say when they were received: makes nobody late for one whose clock is ahead', async () => {
    const input = join(folder, 'input')
    await mkdir(input)
    const row = (patientId: string, second: number, receivedAt = second): string =>
      `${JSON.stringify({ patientId, time: second * 1_000, receivedAt: receivedAt * 1_000, heartRate: 70 })}\n`
    const seconds = Array.from({ length: 180 }, (_, second) => second)
    const ahead = seconds.map((second) => row('p1', second === 60 ? 86_460 : second, second))
    await writeFile(join(input, 'gateway.ndjson'), seconds.map((s) => `${ahead[s]}${row('p2', s)}`).join(''))
    await run('--input', input, '--out', outOf('a'))
    const { counts } = await summaryOf('a')
    expect(counts).toMatchObject({ read: 360, staged: 360, clockAhead: 1, late: 0, windows: 6 })
  })

  it('says by code why it cannot be read', async () => {
    const failure = (input: string): Promise<unknown> =>
      run('--input', input, '--out', outOf('a'), '--resume').then(
        () => undefined,
        (error: Error) => error.cause ?? error,
      )
    expect(await failure(join(folder, 'nothing'))).toMatchObject({ code: 'FILE_DIRECTORY_UNREADABLE' })
    await mkdir(join(folder, 'empty'))
    expect(await failure(join(folder, 'empty'))).toMatchObject({ code: 'FILE_NONE_FOUND' })
    await writeFile(join(folder, 'file'), '')
    expect(await failure(join(folder, 'file'))).toMatchObject({ code: 'FILE_DIRECTORY_UNREADABLE' })
    await mkdir(join(folder, 'columns'))
    await writeFile(join(folder, 'columns', 'a.csv'), 'HR,SpO2\n90,97\n')
    const missing = await failure(join(folder, 'columns'))
    expect(missing).toMatchObject({ code: 'FORMAT_CSV_COLUMN_MISSING' })
    expect((missing as Error).message).toContain("a.csv has no column for a time ('time' or 'Time [s]')")
    expect((missing as Error).message).not.toContain('97')
  })

  it.skipIf(process.getuid?.() === 0)('says by code that it may not be read (root may read anything)', async () => {
    const input = join(folder, 'closed')
    await mkdir(input)
    chmodSync(input, 0)
    await expect(run('--input', input, '--out', outOf('a'))).rejects.toMatchObject({
      cause: { code: 'FILE_DIRECTORY_UNREADABLE' },
    })
    chmodSync(input, 0o700)
  })
})

describe('the command line', () => {
  const command = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(MAIN[0], [...MAIN.slice(1), ...args], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    })
    return { status, stdout, stderr }
  }

  it('explains itself', () => {
    const { status, stdout } = command('--help')
    expect(status).toBe(0)
    for (const option of ['--input', '--epoch', '--rules', '--window', '--speed', '--checkpoint', '--out', '--resume'])
      expect(stdout).toContain(option)
  })

  it('ends with 1 and advice, and without a stack', () => {
    const { status, stdout, stderr } = command('--input', join(folder, 'nothing'))
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain('FILE_DIRECTORY_UNREADABLE')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it.each([
    [['--sped', '3'], 'CORE_OPTION_INVALID'],
    [['--speed', '0'], "--speed was '0'"],
    [['--window', '1 minute'], 'CORE_DURATION_INVALID'],
    [['--window', '0s'], "--window was '0s'"],
    [['--epoch', '2026-01-01'], "--epoch was '2026-01-01'"],
    [['--seed', '1.5'], "--seed was '1.5'"],
    [['--input', 'x', '--seed', '1'], '--input was given with --seed'],
    [['--rules', 'no-such-file.json'], "--rules was 'no-such-file.json'"],
  ])('refuses %j', (args, reason) => {
    expect(() => parseCommand(args)).toThrow(reason)
  })

  it('names the path of a mistake in a rule file', async () => {
    const file = join(folder, 'rules.json')
    await writeFile(
      file,
      '{"format":1,"rules":[{"id":"a","priority":"high","when":{"signal":"spo2","bellow":"88 %"}}]}',
    )
    expect(() => parseCommand(['--rules', file])).toThrow(
      /rules\[0\]\.when\.bellow: unknown field; did you mean below\?.*RULES_INVALID/s,
    )
    await appendFile(file, '}')
    expect(() => parseCommand(['--rules', file])).toThrow('could not be read as JSON')
  })
})
