import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exponentialDelayRestart, fileStorage, run } from '@millrace/core'
import { generatedWard } from './generated-ward.ts'
import { wardJob } from './job.ts'
import { report } from './report.ts'
import { createTopics, sendVitals } from './topics.ts'
import { withKafka } from './with-kafka.ts'

// A ward from topic to topic: makes four topics, fills `vitals`, runs the job of job.ts, and reads what it wrote.

/** A whole minute, and near to now: a topic deletes records by their timestamps. */
const begin = Math.floor(Date.now() / 60_000 - 10) * 60_000

await withKafka(async (brokers) => {
  const there = await createTopics(brokers, ['vitals', 'alarms', 'vitals-by-minute', 'vitals-rejected'])
  if (there.length > 0) {
    console.error(`These brokers have ${there.join(', ')} already: delete them, or take other brokers.`)
    process.exitCode = 1
    return
  }
  const messages = generatedWard(begin)
  await sendVitals(brokers, messages)
  console.log(`vitals: ${messages.length} messages of a ward of four, five minutes\n`)

  const folder = await mkdtemp(join(tmpdir(), 'millrace-ward-'))
  const { metrics } = await run(wardJob({ brokers, end: 'latest' }), {
    checkpoints: { every: '1s', storage: fileStorage(folder) },
    restart: exponentialDelayRestart(),
  })
  await rm(folder, { recursive: true })

  await report(brokers, begin, metrics)
  console.log(`${metrics.recordsIn} readings, ${metrics.late} too late, ${metrics.rejected} messages rejected`)
  console.log('The job is examples/kafka/job.ts; docs/guide/kafka.md says what it can be relied on for.')
})
