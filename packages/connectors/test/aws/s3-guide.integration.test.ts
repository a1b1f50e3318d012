import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { LocalBucket } from './local-bucket.ts'

const root = join(import.meta.dirname, '../../../..')

test("the guide's job runs as it stands", async () => {
  const guide = readFileSync(join(root, 'docs/guide/s3.md'), 'utf8')
  const [, job = ''] = /```ts no-run\n([\s\S]*?)```/.exec(guide) ?? []
  expect(job).toContain('S3_BUCKET')

  const bucket = await LocalBucket.create(inject('aws').ministack)
  const time = Date.UTC(2026, 10, 26, 14)
  const readings = [
    { patientId: 'p1', time, systolic: 199 },
    { patientId: 'p1', time: time + 1_000, systolic: 200 },
    { patientId: 'p2', time: time + 2_000, systolic: null },
  ]
  const lines = readings.map((reading) => `${JSON.stringify(reading)}\n`).join('')
  await bucket.put('raw/year=2026/month=11/day=26/hour=14/a.ndjson', `${lines}no reading\n`)
  await bucket.put('raw/year=2026/month=11/day=26/hour=17/b.ndjson', lines)

  mkdirSync(join(root, '.examples'), { recursive: true })
  const folder = mkdtempSync(join(root, '.examples/s3-'))
  writeFileSync(join(folder, 'job.ts'), job)
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  const running = spawn(process.execPath, ['--conditions=@millrace/source', 'job.ts'], {
    cwd: folder,
    env: { ...process.env, ...credentials, S3_ENDPOINT: inject('aws').ministack, S3_BUCKET: bucket.name },
    stdio: 'inherit',
  })
  expect(await once(running, 'exit')).toEqual([0, null])
  rmSync(folder, { recursive: true, force: true })

  const key = 'high/year=2026/month=11/day=26/hour=14/high-r1-c000000000-0000.ndjson.gz'
  expect(await bucket.keys('high/')).toEqual([key])
  expect(guide).toContain(key)
  expect((await bucket.lines(key)).map((line): unknown => JSON.parse(line))).toEqual([readings[1]])
})
