import type { Make } from '../../harness/benchmark.ts'
import { dynamoDb, freshTable, putAll } from '../dynamodb-table.ts'
import { readings } from '../readings.ts'

export interface TableChanges {
  readonly table: string
  readonly changes: number
}

const READINGS = 10_000

export const make: Make<TableChanges> = async () => {
  const client = dynamoDb()
  const table = await freshTable(client, { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' })
  await putAll(client, table, readings(READINGS))
  client.destroy()
  return { data: { table, changes: READINGS }, events: READINGS }
}
