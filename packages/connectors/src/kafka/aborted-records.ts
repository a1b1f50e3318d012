import type { FetchedPartition, FetchedRecord } from './client/kafka-client.ts'

/**
 * The records of a fetched run that count: from `offset` on, without markers and, when reading committed, without those of
 * aborted transactions. A broker sends these all the same, with a list of the transactions (KIP-98).
 *
 * ```
 *   offset    7    8    9    10    11    12           aborted: producer 3 from 8
 *   producer  5    3    5    3     3✗    3            3✗ is the abort marker: what follows is a new transaction
 *   counts    7         9                12
 * ```
 */
export function countingRecords(
  { batches, aborted }: Pick<FetchedPartition, 'batches' | 'aborted'>,
  offset: number,
): FetchedRecord[] {
  const records: FetchedRecord[] = []
  const underway = new Set<string>()
  let next = 0
  for (const batch of batches) {
    for (; (aborted[next]?.firstOffset ?? Number.POSITIVE_INFINITY) <= batch.lastOffset; next++) {
      underway.add((aborted[next] as { producerId: string }).producerId)
    }
    if (batch.marker !== undefined) {
      if (batch.marker === 'abort') underway.delete(batch.producerId)
      continue
    }
    if (batch.isTransactional && underway.has(batch.producerId)) continue
    if ((batch.records[0]?.offset ?? offset) >= offset) for (const record of batch.records) records.push(record)
    else for (const record of batch.records) if (record.offset >= offset) records.push(record)
  }
  return records
}
