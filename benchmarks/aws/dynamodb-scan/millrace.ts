import { dynamoDbScan } from '@millrace/connectors/dynamodb'
import { createEnvironment } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { eachSink } from '../../harness/each-sink.ts'
import type { ReadingItem } from '../dynamodb-table.ts'
import { dynamoDbConfig } from '../peer.ts'
import { ReadingsSeen } from '../readings.ts'

export const run: Run<string> = async (table, clock) => {
  const seen = new ReadingsSeen()
  const env = createEnvironment()
  env
    .fromSource(dynamoDbScan({ table, map: (item) => item as unknown as ReadingItem, config: dynamoDbConfig() }))
    .sinkTo(eachSink((item: ReadingItem) => seen.add(item)))
  clock.start()
  await env.execute()
  clock.stop()
  return seen.outcome()
}
