import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { LocalKinesis } from '../../packages/connectors/test/kinesis/local-kinesis.ts'
import type { GuideTrial } from './trial.ts'

/** kinesalite, with readings in a stream, the last of which ends the first window, and a record that is none. */
export async function start(): Promise<GuideTrial> {
  const kinesis = await LocalKinesis.start()
  await kinesis.createStream('vitals', 1)
  await kinesis.createStream('minutes', 2)
  const readings = [
    { patientId: 'p1', time: 1_000, heartRate: 60 },
    { patientId: 'p1', time: 2_000, heartRate: 70 },
    { patientId: 'p1', time: 200_000, heartRate: 80 },
  ]
  const texts = [...readings.map((reading) => JSON.stringify(reading)), 'no reading']
  const Records = texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: 'p1' }))
  await kinesis.client.send(new PutRecordsCommand({ StreamName: 'vitals', Records }))
  let seen = 0
  return {
    started: "kinesalite, with readings in the stream 'vitals'",
    env: { KINESIS_ENDPOINT: kinesis.endpoint },
    isComplete: (lines) => lines.length > 0,
    left: async () => {
      const all = (await kinesis.readAll('minutes')).map(({ data }) => data.toString())
      const since = all.slice(seen)
      seen = all.length
      return since
    },
    close: () => kinesis.close(),
  }
}
