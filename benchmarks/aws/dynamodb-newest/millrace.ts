import { dynamoDbSink } from '@millrace/connectors/dynamodb'
import type { Run } from '../../harness/benchmark.ts'
import { idOf, writtenTo } from '../dynamodb-table.ts'
import { dynamoDbConfig } from '../peer.ts'
import type { Reading } from '../readings.ts'
import { writeAll } from '../write-all.ts'

export const run: Run<readonly Reading[]> = (readings, clock) =>
  writtenTo((_, table) => {
    const newestBy = ({ time }: Reading) => time
    return writeAll(readings, dynamoDbSink<Reading>({ table, key: idOf, newestBy, config: dynamoDbConfig() }), clock)
  })
