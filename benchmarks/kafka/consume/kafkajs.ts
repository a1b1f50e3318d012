import { randomUUID } from 'node:crypto'
import type { Run } from '../../harness/benchmark.ts'
import type { ReadingsTopic } from '../readings.ts'
import { rawKafkaJs } from '../topics.ts'
import { BytesRead } from './bytes-read.ts'

export const run: Run<ReadingsTopic> = async ({ topic, records }, clock) => {
  const read = new BytesRead(records, clock)
  const consumer = rawKafkaJs().consumer({ groupId: randomUUID(), maxWaitTimeInMs: 500 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) read.add(value)
    },
  })
  await read.isAll
  clock.stop()
  await consumer.disconnect()
  return read.outcome()
}
