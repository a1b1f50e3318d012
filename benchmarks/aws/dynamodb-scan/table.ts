import type { Make } from '../../harness/benchmark.ts'
import { dynamoDb, freshTable, putAll } from '../dynamodb-table.ts'
import { readings } from '../readings.ts'

const READINGS = 50_000

export const make: Make<string> = async () => {
  const client = dynamoDb()
  const table = await freshTable(client)
  await putAll(client, table, readings(READINGS))
  client.destroy()
  return { data: table, events: READINGS }
}
