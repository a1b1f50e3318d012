import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { GuideTrial } from './guide/trial.ts'
import { runGuideJob } from './run-guide-job.ts'

const never = new AbortController().signal
const FOREVER = 'setInterval(() => undefined, 1_000)'
const nothing = { started: '', env: {}, left: async () => [], close: async () => undefined } satisfies GuideTrial

function folderOf(job: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-guide-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'job.ts'), job)
  return folder
}

test('gives what a job with an end has left', async () => {
  const trial = { ...nothing, left: async () => ['a result'] }
  expect(await runGuideJob(trial, folderOf(''), 30_000, never)).toEqual({
    end: 'the job has ended',
    left: ['a result'],
  })
})

test('stops a job without an end when it has left what is to be seen', async () => {
  const trial = { ...nothing, left: async () => ['one'], isComplete: (lines: readonly string[]) => lines.length === 2 }
  expect(await runGuideJob(trial, folderOf(FOREVER), 30_000, never)).toEqual({
    end: 'the job was stopped',
    left: ['one', 'one'],
  })
})

test('gives up a job that leaves nothing, whether or not it has an end', async () => {
  const expected = 'the job had not come to its result after 0.5 s'
  await expect(runGuideJob(nothing, folderOf(FOREVER), 500, never)).rejects.toThrow(expected)
  await expect(runGuideJob({ ...nothing, isComplete: () => false }, folderOf(FOREVER), 500, never)).rejects.toThrow(
    expected,
  )
})

test('says how a job has failed', async () => {
  const trial = { ...nothing, isComplete: () => false }
  await expect(runGuideJob(trial, folderOf('process.exitCode = 3'), 30_000, never)).rejects.toThrow(
    'the job ended with 3',
  )
})

test('ends a job when it is interrupted, with why', async () => {
  const why = new Error('interrupted by SIGINT')
  await expect(runGuideJob(nothing, folderOf(FOREVER), 30_000, AbortSignal.abort(why))).rejects.toThrow(why)
  const interrupted = new AbortController()
  const isComplete = (): boolean => {
    interrupted.abort(why)
    return false
  }
  await expect(runGuideJob({ ...nothing, isComplete }, folderOf(FOREVER), 30_000, interrupted.signal)).rejects.toThrow(
    why,
  )
})
