import { Producer } from '@platformatic/kafka'
import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { brokers } from '../broker.ts'
import { freshTopic, PARTITIONS } from '../topics.ts'
import { batchesOf, IN_FLIGHT, type Messages, written } from './messages.ts'

export const run: Run<Messages> = async (messages, clock) => {
  const topic = await freshTopic('produce')
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: brokers() })
  await producer.metadata({ topics: [topic] })
  clock.start()
  const sends = new Sends(IN_FLIGHT)
  let partition = 0
  for (const values of batchesOf(messages.values)) {
    partition = (partition + 1) % PARTITIONS
    const batch = values.map((value) => ({ topic, partition, value }))
    void sends.add(producer.send({ messages: batch, acks: -1 }))
    await sends.room()
  }
  await sends.all()
  clock.stop()
  await producer.close()
  return written(topic, messages, 'none')
}
