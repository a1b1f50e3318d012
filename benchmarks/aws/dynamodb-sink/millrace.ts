import { dynamoDbSink } from '@millrace/connectors/dynamodb'
import type { Run } from '../../harness/benchmark.ts'
import { idOf, writtenTo } from '../dynamodb-table.ts'
import { dynamoDbConfig } from '../peer.ts'
import type { Reading } from '../readings.ts'
import { writeAll } from '../write-all.ts'

export const run: Run<readonly Reading[]> = (readings, clock) =>
  writtenTo((_, table) =>
    writeAll(readings, dynamoDbSink<Reading>({ table, key: idOf, config: dynamoDbConfig() }), clock),
  )
