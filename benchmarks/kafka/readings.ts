import type { KafkaClientFactory } from '@millrace/connectors/kafka'
import { Producer } from '@platformatic/kafka'
import type { Made } from '../harness/benchmark.ts'
import { randomFrom } from '../harness/random.ts'
import { brokers } from './broker.ts'
import { createOnce, PARTITIONS, recordsOf } from './topics.ts'

/** 200 bytes of JSON. */
export interface Reading {
  readonly patientId: string
  /** Ms since 1970. In each partition they ascend. */
  readonly time: number
  readonly heartRate: number
  readonly spo2: number
  readonly device: string
  readonly note: string
}

/** A topic with readings, and the client that is to read it. */
export interface ReadingsTopic {
  readonly client: KafkaClientFactory
  readonly topic: string
  /** Records in the topic. */
  readonly records: number
}

const PATIENTS = 1_000
export const WINDOW_MS = 10_000
/** The first reading's time, where a window begins. One follows each ms, so that a patient has one a second. */
export const START = 1_700_000_000_000

const BYTES = 200
const BATCH = 1_000

/** How many windows have a result, over all patients, when `readings` readings have been read and what ends them. */
export function windowsOf(readings: number): number {
  return (PATIENTS * readings) / WINDOW_MS
}

/**
 * The topic with so many readings and one more in each partition, an hour later, by which the windows of all others end. Whoever comes
 * first writes it.
 */
export async function readingsTopic(client: KafkaClientFactory, readings: number): Promise<Made<ReadingsTopic>> {
  const topic = `readings-${readings}`
  const records = readings + PARTITIONS
  if (await createOnce(topic)) await write(topic, readings)
  const found = await recordsOf(topic)
  if (found !== records) throw new Error(`topic ${topic} has ${found} records, not ${records}: delete it`)
  return { data: { client, topic, records }, events: records }
}

/** The messages that are written, in order. */
export function* readingMessages(readings: number): Generator<{ readonly partition: number; readonly value: Buffer }> {
  const random = randomFrom(5)
  for (let n = 0; n < readings; n++) yield message(n % PATIENTS, START + n, random())
  for (let n = 0; n < PARTITIONS; n++) yield message(n, START + readings + 3_600_000, random())
}

function message(patient: number, time: number, random: number): { partition: number; value: Buffer } {
  const id = String(patient).padStart(4, '0')
  const reading = {
    patientId: `patient-${id}`,
    time,
    // Whole: so a mean is the same however it is summed up.
    heartRate: 60 + Math.floor(random * 40),
    spo2: 90 + Math.floor(random * 10),
    device: `monitor-${id}`,
    note: '',
  }
  const note = '-'.repeat(BYTES - Buffer.byteLength(JSON.stringify(reading)))
  return { partition: patient % PARTITIONS, value: Buffer.from(JSON.stringify({ ...reading, note })) }
}

async function write(topic: string, readings: number): Promise<void> {
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: brokers() })
  let messages: { topic: string; partition: number; value: Buffer }[] = []
  for (const { partition, value } of readingMessages(readings)) {
    messages.push({ topic, partition, value })
    if (messages.length < BATCH) continue
    await producer.send({ messages, acks: -1 })
    messages = []
  }
  await producer.send({ messages, acks: -1 })
  await producer.close()
}
