import { json } from '@millrace/connectors/formats'
import { kinesisSource } from '@millrace/connectors/kinesis'
import { createEnvironment } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { eachSink } from '../../harness/each-sink.ts'
import { config } from '../peer.ts'
import { type Reading, ReadingsSeen } from '../readings.ts'
import type { ReadingsStream } from './stream.ts'

// The service answers five requests a second to a shard. The peer knows no such limit, and neither contender keeps to it here: else it
// would be all that is measured.
const poll = { spacing: 0 }

export const run: Run<ReadingsStream> = async ({ stream, records }, clock) => {
  const seen = new ReadingsSeen()
  const { promise: isAll, resolve } = Promise.withResolvers<void>()
  const env = createEnvironment()
  env.fromSource(kinesisSource({ stream, format: json<Reading>(), poll, config: config() })).sinkTo(
    eachSink((reading: Reading) => {
      seen.add(reading)
      if (seen.count === records) resolve()
    }),
  )
  clock.start()
  const job = env.executeAsync()
  await Promise.race([isAll, job.finished])
  clock.stop()
  await job.stop()
  return seen.outcome()
}
