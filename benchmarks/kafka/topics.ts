import { randomUUID } from 'node:crypto'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { brokers } from './broker.ts'

export const PARTITIONS = 4

/** A client of `kafkajs` that keeps silent. */
export function rawKafkaJs(): Kafka {
  return new Kafka({ brokers: brokers(), clientId: 'bench', logLevel: logLevel.NOTHING })
}

/** Makes a topic whose name no other has. */
export async function freshTopic(name: string): Promise<string> {
  const topic = `${name}-${randomUUID().slice(0, 8)}`
  await asAdmin((admin) => create(admin, topic))
  return topic
}

/** Makes a topic of this name, and says whether it was not there. */
export function createOnce(topic: string): Promise<boolean> {
  return asAdmin(async (admin) => {
    if ((await admin.listTopics()).includes(topic)) return false
    await create(admin, topic)
    return true
  })
}

/** Deletes a topic, so that the disk does not fill up run by run. */
export async function dropTopic(topic: string): Promise<void> {
  await asAdmin((admin) => admin.deleteTopics({ topics: [topic] }))
}

/** How many records and markers of transactions a reader of committed ones finds in the topic. */
export function recordsOf(topic: string): Promise<number> {
  return asAdmin(async (admin) =>
    (await admin.fetchTopicOffsets(topic)).reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0),
  )
}

async function create(admin: Admin, topic: string): Promise<void> {
  const settings = { 'retention.ms': '-1', 'file.delete.delay.ms': '1000' }
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, configEntries }], waitForLeaders: false })
  // It is known to the broker a moment later.
  while ((await admin.fetchTopicOffsets(topic).catch(() => [])).length < PARTITIONS);
}

async function asAdmin<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = rawKafkaJs().admin()
  await admin.connect()
  try {
    return await ask(admin)
  } finally {
    await admin.disconnect()
  }
}
