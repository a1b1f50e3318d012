import { expect, test } from 'vitest'
import { RESUMING, WardJob, wardCommand } from './ward-job.ts'

const never = /^this line is never written$/
const ward = (script: string): WardJob => new WardJob([process.execPath, '-e'], [script])

test('reads how far a resumed ward had come', async () => {
  const job = ward("console.log('resuming from checkpoint 12: 1,234,567 records')")
  expect((await job.waitFor(RESUMING, never, 30_000))?.slice(1)).toEqual(['12', '1,234,567'])
  await job.succeed()
})

test('stops waiting at the other line, and at the end', async () => {
  const waiting = ward("console.log('starting from the beginning'); setInterval(() => {}, 1000)")
  expect(await waiting.waitFor(RESUMING, /from the beginning/, 30_000)).toBeUndefined()
  expect(await waiting.kill()).toEqual({ code: null, signal: 'SIGKILL' })
  expect(await ward('').waitFor(RESUMING, never, 30_000)).toBeUndefined()
})

test('says what a ward wrote that failed', async () => {
  await expect(ward("console.error('no space left'); process.exitCode = 3").succeed()).rejects.toThrow(
    'the ward ended with code 3:\nno space left',
  )
})

test('kills what the ward has started too', async () => {
  const child = "console.log('beating'); setInterval(() => {}, 1000)"
  const job = ward(
    `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' })`,
  )
  expect(await job.waitFor(/beating/, never, 30_000)).toBeDefined()
  // Both hold the output's pipe, and `kill` waits for its end: were one of them left alive, this would not come back.
  expect(await job.kill()).toEqual({ code: null, signal: 'SIGKILL' })
})

test('starts the ward by its npm script unless told otherwise', () => {
  expect(wardCommand(undefined)).toEqual(['npm', 'start', '--silent', '--'])
  expect(wardCommand('node ward.ts')).toEqual(['node', 'ward.ts'])
})
