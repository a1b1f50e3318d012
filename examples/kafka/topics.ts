import { Admin, Producer, stringSerializers } from '@platformatic/kafka'
import type { VitalsMessage } from './generated-ward.ts'

// What is around a job and not its business: the topics, and devices that write to one. By the client's own API.

const CLIENT_ID = 'ward-devices'

/** Makes the topics, or none where some are there already; resolves with those. */
export async function createTopics(brokers: readonly string[], topics: readonly string[]): Promise<string[]> {
  const admin = new Admin({ clientId: CLIENT_ID, bootstrapBrokers: [...brokers] })
  try {
    const existing = await admin.listTopics()
    const there = topics.filter((topic) => existing.includes(topic))
    if (there.length === 0) await admin.createTopics({ topics: [...topics], partitions: 2, replicas: 1 })
    return there
  } finally {
    await admin.close()
  }
}

/** A patient's messages go to one partition, in their order: they have the same key. */
export async function sendVitals(brokers: readonly string[], messages: readonly VitalsMessage[]): Promise<void> {
  const producer = new Producer({
    clientId: CLIENT_ID,
    bootstrapBrokers: [...brokers],
    serializers: stringSerializers,
    idempotent: true,
  })
  try {
    const all = messages.map(({ patientId, value }) => ({ topic: 'vitals', key: patientId, value }))
    await producer.send({ messages: all })
  } finally {
    await producer.close()
  }
}
