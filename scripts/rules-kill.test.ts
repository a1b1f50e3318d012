import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyAudit } from '@millrace/rules'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { KillableJob } from './killable-job.ts'
import { changes, readings } from './rules-kill/given.ts'

const LIMIT_MS = 60_000
const work = mkdtempSync(join(tmpdir(), 'millrace-rules-kill-'))
const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
const start = (folder: string) => {
  const job = join(import.meta.dirname, 'rules-kill-job.ts')
  return new KillableJob([process.execPath, '--conditions=@millrace/source', job], [folder])
}

beforeAll(() => {
  writeFileSync(join(work, 'readings.ndjson'), lines(readings()))
  writeFileSync(join(work, 'changes.ndjson'), lines(changes()))
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** Where a life ends: at these lines, the second behind the first, and the third behind that. */
const DEATHS = [
  ['a change is in force that no checkpoint holds', /^change/],
  ['one is in force, and the checkpoint that holds it is being stored', /^durable/, /^change/, /^storing/],
  ['the checkpoint is there, and its alarms are not committed', /^change/, /^durable/],
  ['one came behind a checkpoint', /^durable/, /^change/],
  ['some came behind several', /^durable/, /^durable/, /^change/, /^change/, /^change/],
] as const

it(
  'a job whose rules change is killed between changes and checkpoints, and leaves the alarms and the audit of one that never was',
  async () => {
    const [whole, killed] = ['whole', 'killed'].map((name) => join(work, name)) as [string, string]
    for (const folder of [whole, killed]) mkdirSync(folder)
    const undisturbed = start(whole)
    expect(await undisturbed.exited, undisturbed.lines.join('\n')).toEqual({ code: 0, signal: null })
    let resumed = 0
    for (const [, ...marks] of DEATHS) {
      const job = start(killed)
      for (const mark of marks) await job.next(mark, LIMIT_MS)
      expect(job.lines).not.toContain('finished')
      await job.kill()
      resumed += job.lines.some((line) => line.startsWith('going on')) ? 1 : 0
    }
    expect(resumed).toBeGreaterThanOrEqual(DEATHS.length - 2)
    const last = start(killed)
    expect(await last.exited, last.lines.join('\n')).toEqual({ code: 0, signal: null })

    const [alarms, audit] = ['alarms.ndjson', 'audit.ndjson'].map((name) => readFileSync(join(whole, name), 'utf8'))
    expect(readFileSync(join(killed, 'alarms.ndjson'), 'utf8')).toBe(alarms)
    expect(readFileSync(join(killed, 'audit.ndjson'), 'utf8')).toBe(audit)
    const entries = (audit as string)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(verifyAudit(entries)).toMatchObject({ isWhole: true, repeats: 0, entries: changes().length })
    expect((alarms as string).split('\n').length).toBeGreaterThan(500)
    expect(existsSync(join(killed, 'checkpoints'))).toBe(true)
  },
  4 * LIMIT_MS,
)
