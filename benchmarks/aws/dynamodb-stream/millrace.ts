import { dynamoDbStream } from '@millrace/connectors/dynamodb'
import { createEnvironment } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { eachSink } from '../../harness/each-sink.ts'
import { dynamoDbConfig } from '../peer.ts'
import { type Reading, ReadingsSeen } from '../readings.ts'
import type { TableChanges } from './changes.ts'

// As with Kinesis: the peer knows no limit, and neither contender keeps to it here.
const poll = { spacing: 0 }

export const run: Run<TableChanges> = async ({ table, changes }, clock) => {
  const seen = new ReadingsSeen()
  const { promise: isAll, resolve } = Promise.withResolvers<void>()
  const env = createEnvironment()
  env
    .fromSource(
      dynamoDbStream({ table, map: ({ newImage }) => newImage as unknown as Reading, poll, config: dynamoDbConfig() }),
    )
    .sinkTo(
      eachSink((reading: Reading) => {
        seen.add(reading)
        if (seen.count === changes) resolve()
      }),
    )
  clock.start()
  const job = env.executeAsync()
  await Promise.race([isAll, job.finished])
  clock.stop()
  await job.stop()
  return seen.outcome()
}
