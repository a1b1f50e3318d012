import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { batchesOf, IN_FLIGHT, type Messages, written } from '../produce/messages.ts'
import { freshTopic, PARTITIONS, rawKafkaJs } from '../topics.ts'

const COMMIT_MS = 1_000

export const run: Run<Messages> = async (messages, clock) => {
  const topic = await freshTopic('transactions')
  const producer = rawKafkaJs().producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  let transaction = await producer.transaction()
  clock.start()
  let begunAt = performance.now()
  const sends = new Sends(IN_FLIGHT)
  let partition = 0
  for (const values of batchesOf(messages.values)) {
    partition = (partition + 1) % PARTITIONS
    const batch = values.map((value) => ({ partition, value }))
    void sends.add(transaction.send({ topic, acks: -1, messages: batch }))
    await sends.room()
    if (performance.now() - begunAt < COMMIT_MS) continue
    await sends.all()
    await transaction.commit()
    transaction = await producer.transaction()
    begunAt = performance.now()
  }
  await sends.all()
  await transaction.commit()
  clock.stop()
  await producer.disconnect()
  return written(topic, messages, 'markers')
}
