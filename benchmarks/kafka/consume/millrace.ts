import { bytes } from '@millrace/connectors/formats'
import { kafkaSource } from '@millrace/connectors/kafka'
import { createEnvironment } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { eachSink } from '../../harness/each-sink.ts'
import { brokers } from '../broker.ts'
import type { ReadingsTopic } from '../readings.ts'
import { BytesRead } from './bytes-read.ts'

export const run: Run<ReadingsTopic> = async ({ client, topic, records }, clock) => {
  const read = new BytesRead(records, clock)
  const env = createEnvironment()
  env
    .fromSource(kafkaSource({ brokers: brokers(), client, topic, format: bytes() }))
    .sinkTo(eachSink((value: Buffer) => read.add(value)))
  const job = env.executeAsync()
  await Promise.race([read.isAll, job.finished])
  clock.stop()
  await job.stop()
  return read.outcome()
}
