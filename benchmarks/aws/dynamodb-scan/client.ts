import type { Run } from '../../harness/benchmark.ts'
import { dynamoDb, scanAll } from '../dynamodb-table.ts'
import { ReadingsSeen } from '../readings.ts'

export const run: Run<string> = async (table, clock) => {
  const client = dynamoDb()
  const seen = new ReadingsSeen()
  clock.start()
  await scanAll(client, table, (item) => seen.add(item))
  clock.stop()
  client.destroy()
  return seen.outcome()
}
