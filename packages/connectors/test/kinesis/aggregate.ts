import { createRequire } from 'node:module'

interface AggregatingLibrary {
  aggregate(
    records: readonly object[],
    encoded: (record: { readonly data: Uint8Array }, done: () => void) => void,
    finished: () => void,
    failed: (error: Error) => void,
  ): void
  deaggregateSync(
    record: { readonly data: string; readonly partitionKey: string; readonly sequenceNumber: string },
    checks: boolean,
    done: (
      error: Error | null,
      users?: { partitionKey: string; explicitPartitionKey?: string; data: string }[],
    ) => void,
  ): void
}

// Its types need packages that it does not bring.
const library = createRequire(import.meta.url)('aws-kinesis-agg') as AggregatingLibrary

export interface UserRecordToAggregate {
  readonly key: string
  readonly data: string | Buffer
  readonly hashKey?: string
}

/** One record with all of these in it, as Amazon's library for Node makes it. */
export function aggregateOf(records: readonly UserRecordToAggregate[]): Promise<Buffer> {
  const users = records.map(({ key, data, hashKey }) => ({
    partitionKey: key,
    data: Buffer.from(data),
    ...(hashKey === undefined ? {} : { explicitHashKey: hashKey }),
  }))
  return new Promise((resolve, reject) => {
    library.aggregate(
      users,
      ({ data }, done) => {
        resolve(Buffer.from(data))
        done()
      },
      () => undefined,
      reject,
    )
  })
}

/** The user records of an aggregate, as Amazon's library for Node reads them. */
export function readByLibrary(data: Buffer): { key: string; hashKey: string | undefined; data: string }[] {
  let read: { key: string; hashKey: string | undefined; data: string }[] = []
  const record = { data: data.toString('base64'), partitionKey: 'a', sequenceNumber: '1' }
  library.deaggregateSync(record, true, (error, users = []) => {
    if (error !== null && error !== undefined) throw error
    read = users.map((user) => ({
      key: user.partitionKey,
      hashKey: user.explicitPartitionKey,
      data: Buffer.from(user.data, 'base64').toString(),
    }))
  })
  return read
}
