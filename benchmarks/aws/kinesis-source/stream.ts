import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import type { Make } from '../../harness/benchmark.ts'
import { freshStream, kinesis } from '../kinesis-streams.ts'
import { batchesOf, readings } from '../readings.ts'

export interface ReadingsStream {
  readonly stream: string
  readonly records: number
}

const READINGS = 200_000
const BATCH = 500

export const make: Make<ReadingsStream> = async () => {
  const client = kinesis()
  const stream = await freshStream(client, 'source')
  for (const batch of batchesOf(readings(READINGS), BATCH)) {
    const Records = batch.map((r) => ({ Data: Buffer.from(JSON.stringify(r)), PartitionKey: r.patientId }))
    const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName: stream, Records }))
    if (FailedRecordCount !== 0) throw new Error(`${FailedRecordCount} records were left out`)
  }
  client.destroy()
  return { data: { stream, records: READINGS }, events: READINGS }
}
