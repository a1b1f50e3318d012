import type { Run } from '../../harness/benchmark.ts'
import { kinesis, readAll } from '../kinesis-streams.ts'
import { ReadingsSeen } from '../readings.ts'
import type { ReadingsStream } from './stream.ts'

export const run: Run<ReadingsStream> = async ({ stream, records }, clock) => {
  const client = kinesis()
  const seen = new ReadingsSeen()
  clock.start()
  await readAll(client, stream, (reading) => {
    seen.add(reading)
    if (seen.count === records) clock.stop()
  })
  client.destroy()
  return seen.outcome()
}
