import { json } from '@millrace/connectors/formats'
import { kinesisSink } from '@millrace/connectors/kinesis'
import type { Run } from '../../harness/benchmark.ts'
import { freshStream, kinesis, takenFrom } from '../kinesis-streams.ts'
import { config } from '../peer.ts'
import type { Reading } from '../readings.ts'
import { writeAll } from '../write-all.ts'

export const run: Run<readonly Reading[]> = async (readings, clock) => {
  const client = kinesis()
  const stream = await freshStream(client, 'sink')
  const partitionKey = (reading: Reading): string => reading.patientId
  await writeAll(readings, kinesisSink({ stream, format: json<Reading>(), partitionKey, config: config() }), clock)
  const seen = await takenFrom(client, stream)
  client.destroy()
  return seen.outcome()
}
