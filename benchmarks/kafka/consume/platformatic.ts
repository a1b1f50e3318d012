import { randomUUID } from 'node:crypto'
import { Consumer, MessagesStreamModes } from '@platformatic/kafka'
import type { Run } from '../../harness/benchmark.ts'
import { brokers } from '../broker.ts'
import type { ReadingsTopic } from '../readings.ts'
import { BytesRead } from './bytes-read.ts'

export const run: Run<ReadingsTopic> = async ({ topic, records }, clock) => {
  const read = new BytesRead(records, clock)
  const consumer = new Consumer({
    clientId: 'bench',
    groupId: randomUUID(),
    bootstrapBrokers: brokers(),
    autocommit: false,
  })
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST })
  stream.on('data', ({ value }) => read.add(value))
  await read.isAll
  clock.stop()
  await stream.close()
  await consumer.close()
  return read.outcome()
}
