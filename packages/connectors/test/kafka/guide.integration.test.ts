import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { KafkaBroker } from './kafka-broker.ts'
import { KafkaTopics } from './kafka-topics.ts'
import { KafkaWitness } from './kafka-witness.ts'

const root = join(import.meta.dirname, '../../../..')

test("the guide's job runs as it stands", async () => {
  const guide = readFileSync(join(root, 'docs/guide/kafka.md'), 'utf8')
  const [, job = ''] = /```ts no-run\n([\s\S]*?)```/.exec(guide) ?? []
  expect(job).toContain('KAFKA_BROKERS')

  const broker = await KafkaBroker.start()
  const topics = await KafkaTopics.open(broker.bootstrap)
  const witness = await KafkaWitness.start(broker.bootstrap)
  const kept = { 'retention.ms': '-1' }
  await topics.createNamed('vitals', 1, kept)
  await topics.createNamed('minutes', 1, kept)
  const readings = [
    { patientId: 'p1', time: 1_000, heartRate: 60 },
    { patientId: 'p1', time: 2_000, heartRate: 70 },
    { patientId: 'p1', time: 200_000, heartRate: 80 },
  ]
  await topics.produce('vitals', [
    ...readings.map((reading) => ({ value: JSON.stringify(reading) })),
    { value: 'no reading' },
  ])

  mkdirSync(join(root, '.examples'), { recursive: true })
  const folder = mkdtempSync(join(root, '.examples/kafka-'))
  writeFileSync(join(folder, 'job.ts'), job)
  const running = spawn(process.execPath, ['--conditions=@millrace/source', 'job.ts'], {
    cwd: folder,
    env: { ...process.env, KAFKA_BROKERS: broker.bootstrap.join(',') },
    stdio: 'inherit',
  })
  const ended = new Promise((resolve) => running.once('exit', resolve))
  const seen = async (): Promise<unknown[]> =>
    (await witness.read('minutes', 'read_committed')).map(({ value }): unknown => JSON.parse(String(value)))
  await vi.waitUntil(async () => running.exitCode !== null || (await seen()).length > 0, {
    timeout: 60_000,
    interval: 100,
  })
  expect(await seen()).toEqual([{ key: 'p1', window: { start: 0, end: 60_000 }, heartRate: 65, readings: 2 }])

  running.kill()
  await ended
  rmSync(folder, { recursive: true, force: true })
  await topics.close()
  await witness.close()
  await broker.close()
})
