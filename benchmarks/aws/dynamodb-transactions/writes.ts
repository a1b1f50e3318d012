import type { TransactionItem } from '@millrace/connectors/dynamodb'
import { itemOf } from '../dynamodb-table.ts'
import type { Reading } from '../readings.ts'

/** The reading, and that it was there, as an alarm is written with the fact that it was raised. */
export function writesOf(table: string, reading: Reading): TransactionItem[] {
  const item = itemOf(reading)
  const told = { ...item, id: `told/${item.id}`, note: '' }
  return [{ Put: { TableName: table, Item: item } }, { Put: { TableName: table, Item: told } }]
}

/** At most 36 characters; of a table that no other run has. */
export const tokenOf = (table: string, { time }: Reading): string => `${table}-${time}`
