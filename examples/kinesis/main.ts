import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileStorage } from '@millrace/core'
import type { AlarmEvent } from '@millrace/rules'
import { clientConfig } from '../../packages/connectors/test/aws/client-config.ts'
import { LocalKinesis } from '../../packages/connectors/test/kinesis/local-kinesis.ts'
import { generatedWard } from '../kafka/generated-ward.ts'
import { wardJob } from './job.ts'
import { createStream, everythingIn, sendVitals, splitBetween } from './streams.ts'

// A ward from stream to stream, with a Kinesis in this process; the shard that the job reads is split while it reads.

const BEGIN = Date.UTC(2026, 10, 26, 14)
const PATIENTS = ['p1', 'p2', 'p3', 'p4']

const kinesis = await LocalKinesis.start()
const { client } = kinesis
const folder = await mkdtemp(join(tmpdir(), 'millrace-ward-'))
const byShard = new Map<string, Set<string>>()

await createStream(client, 'vitals')
await createStream(client, 'alarms')
const messages = generatedWard(BEGIN)
const half = messages.length / 2

const ward = wardJob(clientConfig(kinesis.endpoint), ({ shardId, patientId }) => {
  byShard.set(shardId, (byShard.get(shardId) ?? new Set()).add(patientId))
})
const job = ward.executeAsync({ checkpoints: { every: '200ms', storage: fileStorage(folder) } })

await sendVitals(client, messages.slice(0, half))
await alarmsWhenThereAre(1)
await splitBetween(client, 'vitals', PATIENTS)
await sendVitals(client, messages.slice(half))
const alarms = await alarmsWhenThereAre(4)
const { rejected } = job.metrics()
await job.stop()
await kinesis.close()
await rm(folder, { recursive: true })

console.log(`vitals: ${messages.length} records of a ward of four, five minutes; ${rejected} rejected`)
for (const [shard, patients] of [...byShard].sort()) console.log(`  ${shard}  ${[...patients].sort().join(' ')}`)
console.log(`\nalarms: ${alarms.length} records`)
for (const { time, patientId, rule, event } of alarms) console.log(`  ${clock(time)}  ${patientId}  ${rule}  ${event}`)
console.log('\nThe job is examples/kinesis/job.ts; docs/guide/kinesis.md says what it can be relied on for.')

async function alarmsWhenThereAre(count: number): Promise<AlarmEvent[]> {
  for (;;) {
    const alarms = await everythingIn<AlarmEvent>(client, 'alarms')
    if (alarms.length >= count) return alarms.sort((a, b) => a.time - b.time || (a.patientId < b.patientId ? -1 : 1))
    await Promise.race([job.finished, sleep(50)])
  }
}

/** Minutes and seconds since the ward began. */
function clock(time: number): string {
  return new Date(time - BEGIN).toISOString().slice(14, 19)
}
