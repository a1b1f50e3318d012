import type { Run } from '../../harness/benchmark.ts'
import { putAll, writtenTo } from '../dynamodb-table.ts'
import type { Reading } from '../readings.ts'

export const run: Run<readonly Reading[]> = (readings, clock) =>
  writtenTo(async (client, table) => {
    clock.start()
    await putAll(client, table, readings)
    clock.stop()
  })
