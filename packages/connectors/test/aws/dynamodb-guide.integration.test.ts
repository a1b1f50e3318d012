import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { createTable, itemsOf } from './dynamodb-table.ts'

const root = join(import.meta.dirname, '../../../..')

test("the guide's job runs as it stands", async () => {
  const guide = readFileSync(join(root, 'docs/guide/dynamodb.md'), 'utf8')
  const [, job = ''] = /```ts no-run\n([\s\S]*?)```/.exec(guide) ?? []
  expect(job).toContain('LATEST_TABLE')
  const { dynamoDb } = inject('aws')
  // The name of its key is the table's.
  const table = 'millrace-guide-latest'
  await createTable(dynamoDb, table)

  mkdirSync(join(root, '.examples'), { recursive: true })
  const folder = mkdtempSync(join(root, '.examples/dynamodb-'))
  try {
    writeFileSync(join(folder, 'job.ts'), job)
    mkdirSync(join(folder, 'vitals'))
    const readings = [3_000, 1_000, 2_000].map((time) => ({ patientId: 'p1', time, heartRate: time / 50 }))
    const lines = readings.map((reading) => `${JSON.stringify(reading)}\n`).join('')
    writeFileSync(join(folder, 'vitals/a.ndjson'), `${lines}no reading\n`)
    const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
    const running = spawn(process.execPath, ['--conditions=@millrace/source', 'job.ts'], {
      cwd: folder,
      env: { ...process.env, ...credentials, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb, LATEST_TABLE: table },
      stdio: 'inherit',
    })
    expect(await once(running, 'exit')).toEqual([0, null])
    expect(await itemsOf(dynamoDb, table)).toEqual([{ id: 'p1', ...readings[0], eventTime: 3_000, ttl: 2_592_003 }])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
