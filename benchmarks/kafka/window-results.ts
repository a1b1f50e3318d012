import type { Outcome } from '../harness/benchmark.ts'
import { Checksum } from '../harness/checksum.ts'
import { START, WINDOW_MS } from './readings.ts'
import { PARTITIONS, rawKafkaJs } from './topics.ts'

/** What a window of a patient came to; a message of the output topic, as JSON. */
export interface WindowResult {
  readonly patientId: string
  readonly start: number
  readonly readings: number
  /** The mean. */
  readonly heartRate: number
}

const LAST = 'last'

/** All that a reader of committed records finds in the topic, each record once. Nobody may be writing to it any more. */
export async function readResults(topic: string): Promise<Outcome> {
  const kafka = rawKafkaJs()
  await endWith(LAST, topic)
  const consumer = kafka.consumer({ groupId: `look-${topic}`, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const found = new Checksum()
  const isAll = Promise.withResolvers<void>()
  let ended = 0
  await consumer.run({
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) {
        const text = String(value)
        if (text !== LAST) add(found, JSON.parse(text) as WindowResult)
        else if (++ended === PARTITIONS) isAll.resolve()
      }
    },
  })
  await isAll.promise
  await consumer.disconnect()
  return found.outcome()
}

async function endWith(value: string, topic: string): Promise<void> {
  const producer = rawKafkaJs().producer()
  await producer.connect()
  const messages = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, value }))
  await producer.send({ topic, acks: -1, messages })
  await producer.disconnect()
}

function add(found: Checksum, { patientId, start, readings, heartRate }: WindowResult): void {
  found.add(Number(patientId.slice('patient-'.length)), (start - START) / WINDOW_MS, readings, heartRate)
}
