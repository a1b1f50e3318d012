import { type KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis'
import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { freshStream, kinesis, takenFrom } from '../kinesis-streams.ts'
import { batchesOf, type Reading } from '../readings.ts'

const BATCH = 500
const IN_FLIGHT = 4

export const run: Run<readonly Reading[]> = async (readings, clock) => {
  const client = kinesis()
  const stream = await freshStream(client, 'sink')
  clock.start()
  const sends = new Sends(IN_FLIGHT)
  for (const batch of batchesOf(readings, BATCH)) {
    const entries = batch.map((r) => ({ Data: Buffer.from(JSON.stringify(r)), PartitionKey: r.patientId }))
    void sends.add(put(client, stream, entries))
    await sends.room()
  }
  await sends.all()
  clock.stop()
  const seen = await takenFrom(client, stream)
  client.destroy()
  return seen.outcome()
}

/** Those that were left out again, as the documentation tells. */
async function put(
  client: KinesisClient,
  StreamName: string,
  entries: readonly PutRecordsRequestEntry[],
): Promise<void> {
  let left = [...entries]
  while (left.length > 0) {
    const { Records = [] } = await client.send(new PutRecordsCommand({ StreamName, Records: left }))
    left = left.filter((_, index) => Records[index]?.ErrorCode !== undefined)
  }
}
