import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { openLake } from '@millrace/connectors/lake'
import { parseRules, printRules } from '@millrace/rules'
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

describe('rules of your own', () => {
  it('take the place of those of the ward, in words as in JSON', async () => {
    const own = parseRules(`
      alarm desaturation "Low"
        when spo2 < 90 % for 10s
        zeros no-signal
        priority low

      table vitals by age
        row 1 heart-rate low
        row 2 heart-rate from 30 /min normal
        row 3 heart-rate from 100 /min medium "Fast"
    `)
    const [words, json] = [join(folder, 'own.rules'), join(folder, 'own.json')]
    await writeFile(words, printRules(own))
    await writeFile(json, JSON.stringify(own))
    const { code, text } = await run(...small('words', 3), '--rules', words)
    expect(code).toBe(0)
    expect(text).toMatch(/desaturation +low/)
    expect(text).toMatch(/vitals\.heart-rate\.unknown +\w+ +[1-9]/)
    expect(text).not.toContain('tachycardia')
    await run(...small('json', 3), '--rules', json)
    const alarms = await lines('words', 'alarms.ndjson')
    expect(alarms.length).toBeGreaterThan(2)
    expect(await lines('json', 'alarms.ndjson')).toEqual(alarms)
    expect(new Set(alarms.map((line) => JSON.parse(line).ruleVersion))).toEqual(new Set([own.version]))
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
    [['--rules', 'no-such.rules'], "--rules was 'no-such.rules'"],
  ])('refuses %j', (args, reason) => {
    expect(() => parseCommand(args)).toThrow(reason)
  })

  it('tells the mistakes of a rule file, in words or JSON, as `millrace rules check` does', async () => {
    const cli = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'src', 'main.ts')
    const check = (file: string) =>
      spawnSync(MAIN[0], ['--conditions=@millrace/source', cli, 'rules', 'check', file], { encoding: 'utf8' })
    const rule = '{"id":"a","priority":"high","when":{"signal":"spo2","bellow":"88 %"}}'
    const files = [
      ['rules.json', `{"format":1,"rules":[${rule}]}`, 'rules[0].when.bellow: unknown field; did you mean below?'],
      [
        'my.rules',
        'alarm a\n  when spo3 < 88 %\nalarm b\n  whem spo2 < 3 %\n',
        'line 2, column 8: unknown signal "spo3"; did you mean spo2?\n    2 |   when spo3 < 88 %\n      |        ^',
      ],
    ] as const
    for (const [name, content, mistake] of files) {
      const file = join(folder, name)
      await writeFile(file, content)
      const { status, stdout, stderr } = command('--rules', file)
      expect([status, stdout]).toEqual([1, ''])
      expect(stderr).toContain(`${file}: `)
      expect(stderr).toContain(mistake)
      expect(stderr).toBe(check(file).stderr)
    }
    const file = join(folder, 'rules.json')
    await appendFile(file, '}')
    expect(() => parseCommand(['--rules', file])).toThrow('could not be read as JSON')
  })
})
