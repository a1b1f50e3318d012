import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import { expect, inject, test } from 'vitest'
import { clientConfig } from './client-config.ts'
import { LocalBucket } from './local-bucket.ts'

const root = join(import.meta.dirname, '../../../..')

test("the guide's job runs as it stands", async () => {
  const guide = readFileSync(join(root, 'docs/guide/firehose.md'), 'utf8')
  const [, job = ''] = /```ts no-run\n([\s\S]*?)```/.exec(guide) ?? []
  expect(job).toContain('FIREHOSE_STREAM')

  const endpoint = inject('aws').ministack
  const bucket = await LocalBucket.create(endpoint)
  const firehose = new FirehoseClient(clientConfig(endpoint))
  const S3DestinationConfiguration = { BucketARN: `arn:aws:s3:::${bucket.name}`, RoleARN: 'arn:aws:iam::1:role/r' }
  await firehose.send(new CreateDeliveryStreamCommand({ DeliveryStreamName: bucket.name, S3DestinationConfiguration }))
  firehose.destroy()

  mkdirSync(join(root, '.examples'), { recursive: true })
  const folder = mkdtempSync(join(root, '.examples/firehose-'))
  writeFileSync(join(folder, 'job.ts'), job)
  mkdirSync(join(folder, 'vitals'))
  const readings = [199, 200, null, 260].map((systolic, n) => ({ patientId: 'p1', time: 1_000 * n, systolic }))
  const lines = readings.map((reading) => `${JSON.stringify(reading)}\n`).join('')
  writeFileSync(join(folder, 'vitals/a.ndjson'), `${lines}no reading\n`)
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  const running = spawn(process.execPath, ['--conditions=@millrace/source', 'job.ts'], {
    cwd: folder,
    env: { ...process.env, ...credentials, AWS_ENDPOINT_URL_FIREHOSE: endpoint, FIREHOSE_STREAM: bucket.name },
    stdio: 'inherit',
  })
  expect(await once(running, 'exit')).toEqual([0, null])
  rmSync(folder, { recursive: true, force: true })

  const seen = (await bucket.lines()).toSorted().map((line): unknown => JSON.parse(line))
  expect(seen).toEqual([readings[1], readings[3]])
})
