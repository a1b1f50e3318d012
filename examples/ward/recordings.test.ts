import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCommand, type WardCommand } from './options.ts'
import { type AlarmEvent, type EpisodeRule, findEpisodes } from './oracles/episodes.ts'
import { readRecording, recordingsIn } from './oracles/recordings.ts'
import { compareWindows, windowsBySql } from './oracles/windows-by-sql.ts'
import { runWard } from './run-ward.ts'
import type { WardSummary } from './summary.ts'

const root = join(import.meta.dirname, '../..')
const input = resolve(root, process.env.MILLRACE_DATA ?? '../shared/data', 'bidmc')
const isAbsent = !existsSync(input) && process.env.CI !== 'true'

describe.skipIf(isAbsent)('recorded vital signs (skipped where MILLRACE_DATA has no recordings)', () => {
  let out: string
  let running: Promise<number> | undefined

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'ward-recordings-'))
  })

  afterAll(async () => {
    await rm(out, { recursive: true, force: true })
  })

  /** Runs the ward over the recordings, once for all tests: where it fails, each of them does. */
  function ran(): Promise<number> {
    const command = parseCommand(['--input', input, '--window', '30s', '--out', out]) as WardCommand
    const quiet = new Writable({ write: (_chunk, _encoding, done) => done() }) as unknown as NodeJS.WriteStream
    running ??= runWard(command, quiet)
    return running
  }

  it('are gathered in the windows that SQL finds in the files', async () => {
    expect(await ran()).toBe(0)
    const expected = await windowsBySql(input, 30_000)
    expect(expected.length).toBeGreaterThan(100)
    expect(compareWindows(join(out, 'windows.ndjson'), expected)).toEqual([])
  })

  it('are all staged, and none is late, though every file begins at 0', async () => {
    await ran()
    const { counts } = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8')) as WardSummary
    const rows = recordingsIn(input).reduce((sum, { path }) => sum + readRecording(path).length, 0)
    expect(counts).toMatchObject({ read: rows, staged: rows, rejected: 0, late: 0 })
  })

  it.each<EpisodeRule & { readonly rule: string }>([
    {
      ...{ rule: 'spo2-low', signal: 'spo2', comparison: '<', limit: 88, forMs: 15_000 },
      ...{ clearComparison: '>=', clearLimit: 91, clearForMs: 10_000, zeros: 'no-signal', missing: 'break' },
    },
    {
      ...{ rule: 'tachycardia', signal: 'heartRate', comparison: '>', limit: 120, forMs: 30_000 },
      ...{ zeros: 'no-signal', missing: 'break' },
    },
    {
      ...{ rule: 'bradypnoea', signal: 'respiratoryRate', comparison: '<', limit: 8, forMs: 15_000 },
      ...{ zeros: 'no-signal', missing: 'break' },
    },
  ])('raise and clear the alarms of $rule that a plain scan of the files finds', async ({ rule, ...episodes }) => {
    await ran()
    const lines = (await readFile(join(out, 'alarms.ndjson'), 'utf8')).split('\n').filter(Boolean)
    const alarms = lines.map((line) => JSON.parse(line) as AlarmEvent & { readonly rule: string })
    const expected = recordingsIn(input).flatMap(({ patientId, path }) =>
      findEpisodes(patientId, readRecording(path), episodes),
    )
    if (rule === 'tachycardia') expect(expected.length).toBeGreaterThan(0)
    expect(
      alarms
        .filter((alarm) => alarm.rule === rule)
        .map(asText)
        .sort(),
    ).toEqual(expected.map(asText).sort())
  })
})

function asText({ patientId, event, time }: AlarmEvent): string {
  return `${patientId} ${event} at ${time}`
}
