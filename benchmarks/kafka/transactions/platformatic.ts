import { Producer } from '@platformatic/kafka'
import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { brokers } from '../broker.ts'
import { batchesOf, IN_FLIGHT, type Messages, written } from '../produce/messages.ts'
import { freshTopic, PARTITIONS } from '../topics.ts'

const COMMIT_MS = 1_000

type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>

export const run: Run<Messages> = async (messages, clock) => {
  const topic = await freshTopic('transactions')
  const producer = new Producer({
    clientId: 'bench',
    bootstrapBrokers: brokers(),
    idempotent: true,
    transactionalId: topic,
    // By the defaults the older producer of an id would fence the newer, and each transaction begin with a pause of a second.
    producerId: -1n,
    producerEpoch: -1,
    retryDelay: 10,
  })
  const metadata = await producer.metadata({ topics: [topic] })
  const begin = async (): Promise<Transaction> => {
    const begun = await producer.beginTransaction()
    // All at once: of sends side by side it would add the partition of the first alone.
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic,
      partition,
      value: Buffer.alloc(0),
    }))
    await begun.addPartitions(metadata, partitions)
    return begun
  }
  let transaction = await begin()
  clock.start()
  let begunAt = performance.now()
  const sends = new Sends(IN_FLIGHT)
  let partition = 0
  for (const values of batchesOf(messages.values)) {
    partition = (partition + 1) % PARTITIONS
    const batch = values.map((value) => ({ topic, partition, value }))
    void sends.add(transaction.send({ messages: batch }))
    await sends.room()
    if (performance.now() - begunAt < COMMIT_MS) continue
    await sends.all()
    await transaction.commit()
    transaction = await begin()
    begunAt = performance.now()
  }
  await sends.all()
  await transaction.commit()
  clock.stop()
  await producer.close()
  return written(topic, messages, 'markers')
}
