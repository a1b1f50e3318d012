import { json } from '@millrace/connectors/formats'
import { s3Source } from '@millrace/connectors/s3'
import { createEnvironment } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { eachSink } from '../../harness/each-sink.ts'
import { config } from '../peer.ts'
import { type Reading, ReadingsSeen } from '../readings.ts'
import { HOUR, type ReadingsObjects } from './objects.ts'

export const run: Run<ReadingsObjects> = async ({ bucket, prefix }, clock) => {
  const seen = new ReadingsSeen()
  const [from, to] = HOUR
  const env = createEnvironment()
  env
    .fromSource(s3Source({ bucket, prefix, from, to, format: json<Reading>(), config: config() }))
    .sinkTo(eachSink((reading: Reading) => seen.add(reading)))
  clock.start()
  await env.execute()
  clock.stop()
  return seen.outcome()
}
