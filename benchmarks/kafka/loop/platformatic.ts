import { Consumer, type Message, MessagesStreamModes, Producer } from '@platformatic/kafka'
import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { brokers } from '../broker.ts'
import { type Reading, type ReadingsTopic, windowsOf } from '../readings.ts'
import { dropTopic, freshTopic, PARTITIONS } from '../topics.ts'
import { readResults } from '../window-results.ts'
import { WindowsByHand } from './windows-by-hand.ts'

const COMMIT_MS = 1_000
const BATCH = 1_000
const IN_FLIGHT = 4

interface Output {
  readonly topic: string
  readonly key: Buffer
  readonly value: Buffer
}

/** Reads, sums up, writes and commits offsets with what was written, each second. */
export const run: Run<ReadingsTopic> = async ({ topic: input, records }, clock) => {
  const output = await freshTopic('results')
  const expected = windowsOf(records - PARTITIONS)
  const producer = new Producer({
    clientId: 'bench',
    bootstrapBrokers: brokers(),
    idempotent: true,
    transactionalId: output,
    // By the defaults the older producer of an id would fence the newer, and each transaction begin with a pause of a second.
    producerId: -1n,
    producerEpoch: -1,
    retryDelay: 10,
  })
  const consumer = new Consumer({ clientId: 'bench', groupId: output, bootstrapBrokers: brokers(), autocommit: false })
  const stream = await consumer.consume({ topics: [input], mode: MessagesStreamModes.EARLIEST })

  const windows = new WindowsByHand()
  const newest = new Map<number, Message>()
  const sends = new Sends(IN_FLIGHT)
  const isAll = Promise.withResolvers<void>()
  let transaction = await producer.beginTransaction()
  let results: Output[] = []
  let written = 0
  let committed = 0
  let committing: Promise<void> | undefined

  const send = (): void => {
    const messages = results
    results = []
    void sends.add(transaction.send({ messages })).then(() => {
      if (committing === undefined) stream.resume()
    }, isAll.reject)
    if (sends.isFull) stream.pause()
  }
  const commit = async (): Promise<void> => {
    stream.pause()
    if (results.length > 0) send()
    await sends.all()
    await transaction.addConsumer(consumer)
    for (const message of newest.values()) await transaction.addOffset(message)
    newest.clear()
    await transaction.commit()
    committed = written
    if (committed === expected) isAll.resolve()
    else transaction = await producer.beginTransaction()
    committing = undefined
    stream.resume()
  }
  const startCommit = (): void => {
    if (committing !== undefined) return
    committing = commit()
    committing.catch((cause: unknown) => isAll.reject(cause))
  }
  const timer = setInterval(startCommit, COMMIT_MS)

  let isFirst = true
  stream.on('error', isAll.reject)
  stream.on('data', (message) => {
    if (isFirst) clock.start()
    isFirst = false
    const { value, partition } = message
    for (const result of windows.add(partition, JSON.parse(value.toString()) as Reading)) {
      results.push({ topic: output, key: Buffer.from(result.patientId), value: Buffer.from(JSON.stringify(result)) })
      written += 1
      if (results.length >= BATCH) send()
    }
    newest.set(partition, message)
    if (written === expected) startCommit()
  })
  await isAll.promise
  clearInterval(timer)
  clock.stop()
  await stream.close()
  await consumer.close()
  await producer.close()
  const outcome = await readResults(output)
  await dropTopic(output)
  return outcome
}
