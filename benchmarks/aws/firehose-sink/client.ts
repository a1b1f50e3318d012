import { type _Record, type FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose'
import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { batchesOf, type Reading } from '../readings.ts'
import { withDeliveryStream } from './delivery-stream.ts'

const BATCH = 500
const IN_FLIGHT = 4

export const run: Run<readonly Reading[]> = (readings, clock) =>
  withDeliveryStream(async (client, name) => {
    clock.start()
    const sends = new Sends(IN_FLIGHT)
    for (const batch of batchesOf(readings, BATCH)) {
      const records = batch.map((r) => ({ Data: Buffer.from(`${JSON.stringify(r)}\n`) }))
      void sends.add(put(client, name, records))
      await sends.room()
    }
    await sends.all()
    clock.stop()
    return { results: readings.length, checksum: 0 }
  })

/** Those that were left out again, as the documentation tells. */
async function put(client: FirehoseClient, DeliveryStreamName: string, records: readonly _Record[]): Promise<void> {
  let left = [...records]
  while (left.length > 0) {
    const input = { DeliveryStreamName, Records: left }
    const { RequestResponses = [] } = await client.send(new PutRecordBatchCommand(input))
    left = left.filter((_, index) => RequestResponses[index]?.ErrorCode !== undefined)
  }
}
