import { setTimeout as pause } from 'node:timers/promises'
import type { KafkaClientFactory } from '@millrace/connectors/kafka'
import type { Made, Outcome } from '../../harness/benchmark.ts'
import { readingMessages } from '../readings.ts'
import { dropTopic, recordsOf } from '../topics.ts'

/** What is to be written, and the client that it is to be written by. */
export interface Messages {
  readonly client: KafkaClientFactory
  readonly values: readonly Buffer[]
}

const MESSAGES = 2_000_000
/** So many are different. */
const READINGS = 10_000
const LOOKS = 100
const LOOK_EVERY_MS = 100

export function messagesFor(client: KafkaClientFactory): Made<Messages> {
  const readings = Array.from(readingMessages(READINGS), ({ value }) => value)
  const values = Array.from({ length: MESSAGES }, (_, n) => readings[n % READINGS] as Buffer)
  return { data: { client, values }, events: MESSAGES }
}

/** That all are in the topic, which is dropped then. Transactions leave markers there as well. */
export async function written(topic: string, { values }: Messages, markers: 'markers' | 'none'): Promise<Outcome> {
  const isThere = (found: number): boolean => (markers === 'none' ? found === values.length : found > values.length)
  let records = await recordsOf(topic)
  // A commit is answered before its markers are written in all partitions.
  for (let look = 0; look < LOOKS && !isThere(records); look++) {
    await pause(LOOK_EVERY_MS)
    records = await recordsOf(topic)
  }
  await dropTopic(topic)
  if (!isThere(records)) throw new Error(`${records} records in the topic, ${values.length} were written`)
  return { results: values.length, checksum: 0 }
}

/** In batches of 1,000. */
export function* batchesOf(values: readonly Buffer[]): Generator<readonly Buffer[]> {
  for (let at = 0; at < values.length; at += BATCH) yield values.slice(at, at + BATCH)
}

const BATCH = 1_000
export const IN_FLIGHT = 4
