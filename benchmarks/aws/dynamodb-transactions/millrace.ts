import { dynamoDbTransactions } from '@millrace/connectors/dynamodb'
import type { Run } from '../../harness/benchmark.ts'
import { writtenTo } from '../dynamodb-table.ts'
import { dynamoDbConfig } from '../peer.ts'
import type { Reading } from '../readings.ts'
import { writeAll } from '../write-all.ts'
import { tokenOf, writesOf } from './writes.ts'

export const run: Run<readonly Reading[]> = (readings, clock) =>
  writtenTo((_, table) => {
    const transaction = (reading: Reading) => writesOf(table, reading)
    const token = (reading: Reading) => tokenOf(table, reading)
    return writeAll(readings, dynamoDbTransactions({ transaction, token, config: dynamoDbConfig() }), clock)
  })
