import { bytes } from '@millrace/connectors/formats'
import { kafkaSink } from '@millrace/connectors/kafka'
import { createEnvironment } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { brokers } from '../broker.ts'
import { freshTopic } from '../topics.ts'
import { type Messages, written } from './messages.ts'

export const run: Run<Messages> = async (messages, clock) => {
  const { client, values } = messages
  const topic = await freshTopic('produce')
  let isFirst = true
  const env = createEnvironment()
  env
    .fromArray(values)
    .filter(() => {
      if (isFirst) clock.start()
      isFirst = false
      return true
    })
    .sinkTo(kafkaSink({ brokers: brokers(), client, topic, format: bytes(), delivery: 'at-least-once' }))
  await env.execute()
  clock.stop()
  return written(topic, messages, 'none')
}
