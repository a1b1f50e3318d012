import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { openLake } from '@millrace/connectors/lake'
import { crash, end, scripted, testJob } from '@millrace/core/testing'
import { parseRuleSet } from '@millrace/rules'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generatedInput } from './generated-input.ts'
import { generatedWard } from './generator/generated-ward.ts'
import { wardJob } from './job.ts'
import { parseCommand } from './options.ts'
import type { Received } from './reading.ts'
import { runWard } from './run-ward.ts'
import type { WardSummary } from './summary.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ward-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const rules = parseRuleSet(JSON.parse(readFileSync(join(import.meta.dirname, 'rules.json'), 'utf8')))

function reading(patientId: string, second: number, spo2: number | null): Received {
  const time = second * 1_000
  const raw = JSON.stringify({ patientId, time, spo2 })
  return {
    reading: { patientId, time, receivedAt: time, spo2, heartRate: 70, converted: [] },
    raw,
    split: 'script',
    position: String(second),
  }
}

async function ward() {
  const lake = await openLake({ directory: join(folder, 'lake') })
  const input = generatedInput(generatedWard({ patients: 1, durationMs: 1_000 }).source)
  return wardJob({ input, maxFuture: '1m', rules, window: '1m', directory: folder, lake })
}

describe('the job, on a script', () => {
  it('raises a desaturation once, at its time, crash or not', async () => {
    const script = scripted(
      reading('p1', 0, 97),
      reading('p1', 5, 86),
      crash(),
      reading('p1', 12, 85),
      crash(),
      reading('p1', 25, 85),
      reading('p1', 26, 95),
      crash(),
      reading('p1', 40, 96),
      end(),
    )
    const job = testJob(await ward(), { vitals: script })
    expect(await job.output('alarms-file')).toEqual([
      expect.objectContaining({ rule: 'spo2-low', patientId: 'p1', event: 'raised', time: 20_000 }),
      expect.objectContaining({ rule: 'spo2-low', patientId: 'p1', event: 'cleared', time: 36_000 }),
    ])
    expect((await job.result()).metrics.restarts).toBe(3)
  })

  it('finds a silent device by the clock of the others', async () => {
    const others = [10, 20, 30, 40, 50].map((second) => reading('p2', second, 97))
    const job = testJob(await ward(), { vitals: scripted(reading('p1', 0, 97), ...others, reading('p1', 51, 97)) })
    expect(await job.output('alarms-file')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ rule: 'device-silent', patientId: 'p1', event: 'raised', time: 30_000 }),
        expect.objectContaining({ rule: 'device-silent', patientId: 'p1', event: 'cleared', time: 51_000 }),
      ]),
    )
  })

  it('takes the same line once', async () => {
    const twice = scripted(
      reading('p1', 0, 97),
      reading('p1', 1, 97),
      reading('p1', 1, 97),
      crash(),
      reading('p1', 2, 97),
    )
    const job = testJob(await ward(), { vitals: twice })
    expect(await job.output('windows-file')).toEqual([expect.objectContaining({ patientId: 'p1', count: 3 })])
    expect(await job.output('rejects')).toEqual([expect.objectContaining({ code: 'duplicate', position: '1' })])
  })
})

/** Runs the whole of it in this process; what it wrote to the terminal. */
async function run(...args: string[]): Promise<{ code: number; text: string }> {
  let text = ''
  const out = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  }) as unknown as NodeJS.WriteStream
  const command = parseCommand(args)
  if (command === 'help') throw new Error('help')
  return { code: await runWard(command, out), text }
}

const small = (name: string, seed: number): string[] => [
  ...['--patients', '6', '--duration', '20m', '--seed', String(seed), '--out', join(folder, name)],
]

async function digest(name: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of ['alarms.ndjson', 'windows.ndjson', 'truth.json'])
    hash.update(await readFile(join(folder, name, file)))
  return hash.digest('hex')
}

describe('the whole of it', () => {
  it('finds what was injected, kind by kind, and gives the same bytes for the same seed', async () => {
    const { code, text } = await run(...small('a', 1))
    expect(text).toContain('late for their window')
    expect(text).not.toContain('DIFFERS')
    expect(code).toBe(0)
    await run(...small('b', 1))
    await run(...small('c', 2))
    expect(await digest('b')).toBe(await digest('a'))
    expect(await digest('c')).not.toBe(await digest('a'))
    const { counts } = JSON.parse(await readFile(join(folder, 'a', 'summary.json'), 'utf8')) as WardSummary
    expect(counts.read).toBe(counts.staged + counts.rejected)
    expect(counts.late).toBeGreaterThan(0)
    expect(counts.rejectedBy.duplicate).toBeGreaterThan(0)
  })

  it('refuses a folder that is in use, and says what a finished run came to', async () => {
    await run(...small('a', 1))
    await expect(run(...small('a', 1))).rejects.toMatchObject({ code: 'CORE_OPTION_INVALID' })
    const again = await run(...small('a', 1), '--resume')
    expect(again.code).toBe(0)
    expect(again.text).toContain('this run has finished already')
  })

  it('reads a folder of files, and rejects what is wrong in them row by row', async () => {
    const input = join(folder, 'input')
    await mkdir(input)
    await writeFile(
      join(input, 'bed1_Numerics.csv'),
      'Time [s], HR, temperature, temperatureUnit\n0,90,37,Cel\n1,,99,F?\n2,x,37,Cel\n3,92,98.6,[degF]\n',
    )
    await writeFile(join(input, 'rest.ndjson'), '{"patientId":"p9","time":500,"heartRate":61}\n{"broken\n')
    await run('--input', input, '--epoch', '2026-01-01T00:00:00Z', '--out', join(folder, 'out'))
    const lines = (await readFile(join(folder, 'out', 'windows.ndjson'), 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          patientId: 'bed1',
          start: Date.UTC(2026, 0),
          count: 2,
          vitals: expect.objectContaining({ heartRate: { count: 2, mean: 91, min: 90, max: 92 } }),
        }),
        expect.objectContaining({ patientId: 'p9', start: 0, count: 1 }),
      ]),
    )
    const { counts } = JSON.parse(await readFile(join(folder, 'out', 'summary.json'), 'utf8')) as WardSummary
    expect(counts.rejectedBy).toEqual({ 'json-invalid': 1, 'unit-unknown': 1, 'value-invalid': 1 })
    expect(existsSync(join(folder, 'out', 'alarms.ndjson'))).toBe(true)
  })

  it('says by code what is wrong with what it was given', async () => {
    const empty = join(folder, 'empty')
    await mkdir(empty)
    await writeFile(
      join(folder, 'typo.json'),
      '{"format":1,"rules":[{"id":"a","priority":"high","when":{"signal":"spo2","bellow":"88 %"}}]}',
    )
    await mkdir(join(folder, 'columns'))
    await writeFile(join(folder, 'columns', 'a.csv'), 'HR,SpO2\n90,97\n')
    const out = join(folder, 'out')
    await expect(run('--input', join(folder, 'nothing'), '--out', out)).rejects.toMatchObject({
      cause: { code: 'FILE_DIRECTORY_UNREADABLE' },
    })
    await expect(run('--input', empty, '--out', `${out}2`)).rejects.toMatchObject({
      cause: { code: 'FILE_NONE_FOUND' },
    })
    await expect(run('--input', join(folder, 'columns'), '--out', `${out}3`)).rejects.toMatchObject({
      cause: { code: 'FORMAT_CSV_COLUMN_MISSING' },
    })
    expect(() => parseCommand(['--rules', join(folder, 'typo.json')])).toThrow(
      'rules[0].when.bellow: unknown field; did you mean below?',
    )
    expect(() => parseCommand(['--window', '1 minute'])).toThrow('CORE_DURATION_INVALID')
    expect(() => parseCommand(['--sped', '3'])).toThrow('CORE_OPTION_INVALID')
    expect(() => parseCommand(['--speed', '0'])).toThrow('CORE_OPTION_INVALID')
  })
})
