import { expect, test } from 'vitest'
import { KillableJob } from './killable-job.ts'

const never = /^this line is never written$/
const started = (script: string): KillableJob => new KillableJob([process.execPath, '-e'], [script])

test('finds a line, also one that came before it was asked for', async () => {
  const job = started("console.log('resuming from checkpoint 12: 1,234,567 records')")
  expect((await job.waitFor(/resuming from checkpoint (\d+): ([\d,]+) records/, never, 30_000))?.slice(1)).toEqual([
    '12',
    '1,234,567',
  ])
  await job.succeed()
})

test('stops waiting at the other line, and at the end', async () => {
  const waiting = started("console.log('starting from the beginning'); setInterval(() => {}, 1000)")
  expect(await waiting.waitFor(/resuming/, /from the beginning/, 30_000)).toBeUndefined()
  expect(await waiting.kill()).toEqual({ code: null, signal: 'SIGKILL' })
  expect(await started('').waitFor(/resuming/, never, 30_000)).toBeUndefined()
})

test('says what a job wrote that failed', async () => {
  await expect(started("console.error('no space left'); process.exitCode = 3").succeed()).rejects.toThrow(
    'the job ended with code 3:\nno space left',
  )
})

test('kills what the job has started too', async () => {
  const child = "console.log('beating'); setInterval(() => {}, 1000)"
  const job = started(
    `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' })`,
  )
  expect(await job.waitFor(/beating/, never, 30_000)).toBeDefined()
  // Both hold the output's pipe, and `kill` waits for its end: were one of them left alive, this would not come back.
  expect(await job.kill()).toEqual({ code: null, signal: 'SIGKILL' })
})

test('finds the next line of those that come from now on', async () => {
  const job = started("let n = 0; setInterval(() => console.log('checkpoint', ++n), 5)")
  const first = await job.next(/checkpoint (\d+)/, 30_000)
  const second = await job.next(/checkpoint (\d+)/, 30_000)
  expect(Number(second?.[1])).toBeGreaterThan(Number(first?.[1]))
  expect(await job.next(/never/, 50)).toBeUndefined()
  await job.kill()
  expect(await job.next(/checkpoint/, 30_000)).toBeUndefined()
})

test('can be stopped, and goes on', async () => {
  const job = started("setInterval(() => console.log('beat'), 5)")
  await job.next(/beat/, 30_000)
  job.signal('SIGSTOP')
  while ((await job.next(/beat/, 300)) !== undefined);
  job.signal('SIGCONT')
  expect(await job.next(/beat/, 30_000)).toBeDefined()
  await job.kill()
})
