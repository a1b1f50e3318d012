import type { Message, Transaction } from 'kafkajs'
import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { type Reading, type ReadingsTopic, windowsOf } from '../readings.ts'
import { dropTopic, freshTopic, PARTITIONS, rawKafkaJs } from '../topics.ts'
import { readResults } from '../window-results.ts'
import { WindowsByHand } from './windows-by-hand.ts'

const COMMIT_MS = 1_000
const BATCH = 1_000
const IN_FLIGHT = 4

/** Reads, sums up, writes and commits offsets with what was written, each second. */
export const run: Run<ReadingsTopic> = async ({ topic: input, records }, clock) => {
  const output = await freshTopic('results')
  const expected = windowsOf(records - PARTITIONS)
  const kafka = rawKafkaJs()
  const producer = kafka.producer({ transactionalId: output, idempotent: true, maxInFlightRequests: 1 })
  const consumer = kafka.consumer({ groupId: output, maxWaitTimeInMs: 500 })
  await Promise.all([producer.connect(), consumer.connect()])
  await consumer.subscribe({ topic: input, fromBeginning: true })

  const windows = new WindowsByHand()
  const next = new Map<number, string>()
  const sends = new Sends(IN_FLIGHT)
  const isAll = Promise.withResolvers<void>()
  let transaction: Transaction = await producer.transaction()
  let results: Message[] = []
  let written = 0
  let begunAt = 0

  const send = (): void => {
    const messages = results
    results = []
    void sends.add(transaction.send({ topic: output, acks: -1, messages }))
  }
  const commit = async (): Promise<void> => {
    if (results.length > 0) send()
    await sends.all()
    const partitions = [...next].map(([partition, offset]) => ({ partition, offset }))
    await transaction.sendOffsets({ consumerGroupId: output, topics: [{ topic: input, partitions }] })
    next.clear()
    await transaction.commit()
    if (written === expected) isAll.resolve()
    else transaction = await producer.transaction()
    begunAt = performance.now()
  }

  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch, heartbeat }) => {
      if (begunAt === 0) {
        clock.start()
        begunAt = performance.now()
      }
      const { partition, messages } = batch
      for (const { value } of messages) {
        for (const result of windows.add(partition, JSON.parse(String(value)) as Reading)) {
          results.push({ key: result.patientId, value: JSON.stringify(result) })
          written += 1
          if (results.length < BATCH) continue
          await sends.room()
          send()
        }
      }
      next.set(partition, String(Number(batch.lastOffset()) + 1))
      if (written === expected || performance.now() - begunAt >= COMMIT_MS) await commit()
      await heartbeat()
    },
  })
  await isAll.promise
  clock.stop()
  await consumer.disconnect()
  await producer.disconnect()
  const outcome = await readResults(output)
  await dropTopic(output)
  return outcome
}
