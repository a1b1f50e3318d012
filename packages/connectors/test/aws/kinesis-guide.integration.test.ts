import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { expect, test, vi } from 'vitest'
import { LocalKinesis } from '../kinesis/local-kinesis.ts'

const root = join(import.meta.dirname, '../../../..')

test("the guide's job runs as it stands", async () => {
  const guide = readFileSync(join(root, 'docs/guide/kinesis.md'), 'utf8')
  const [, job = ''] = /```ts no-run\n([\s\S]*?)```/.exec(guide) ?? []
  expect(job).toContain('KINESIS_ENDPOINT')

  const kinesis = await LocalKinesis.start()
  // One shard: the last reading is the one that ends the first window.
  await kinesis.createStream('vitals', 1)
  await kinesis.createStream('minutes', 2)
  const readings = [
    { patientId: 'p1', time: 1_000, heartRate: 60 },
    { patientId: 'p1', time: 2_000, heartRate: 70 },
    { patientId: 'p1', time: 200_000, heartRate: 80 },
  ]
  const texts = [...readings.map((reading) => JSON.stringify(reading)), 'no reading']
  const Records = texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: 'p1' }))
  await kinesis.client.send(new PutRecordsCommand({ StreamName: 'vitals', Records }))

  mkdirSync(join(root, '.examples'), { recursive: true })
  const folder = mkdtempSync(join(root, '.examples/kinesis-'))
  writeFileSync(join(folder, 'job.ts'), job)
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  const running = spawn(process.execPath, ['--conditions=@millrace/source', 'job.ts'], {
    cwd: folder,
    env: { ...process.env, ...credentials, KINESIS_ENDPOINT: kinesis.endpoint },
    stdio: 'inherit',
  })
  const ended = new Promise((resolve) => running.once('exit', resolve))
  const seen = async (): Promise<unknown[]> =>
    (await kinesis.readAll('minutes')).map(({ data }): unknown => JSON.parse(String(data)))
  await vi.waitUntil(async () => running.exitCode !== null || (await seen()).length > 0, {
    timeout: 60_000,
    interval: 100,
  })
  expect(await seen()).toEqual([{ key: 'p1', window: { start: 0, end: 60_000 }, heartRate: 65, readings: 2 }])

  running.kill()
  await ended
  rmSync(folder, { recursive: true, force: true })
  await kinesis.close()
})
