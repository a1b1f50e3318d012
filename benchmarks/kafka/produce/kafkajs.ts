import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { freshTopic, PARTITIONS, rawKafkaJs } from '../topics.ts'
import { batchesOf, IN_FLIGHT, type Messages, written } from './messages.ts'

export const run: Run<Messages> = async (messages, clock) => {
  const topic = await freshTopic('produce')
  const producer = rawKafkaJs().producer()
  await producer.connect()
  clock.start()
  const sends = new Sends(IN_FLIGHT)
  let partition = 0
  for (const values of batchesOf(messages.values)) {
    partition = (partition + 1) % PARTITIONS
    const batch = values.map((value) => ({ partition, value }))
    void sends.add(producer.send({ topic, acks: -1, messages: batch }))
    await sends.room()
  }
  await sends.all()
  clock.stop()
  await producer.disconnect()
  return written(topic, messages, 'none')
}
