import { setTimeout as pause } from 'node:timers/promises'
import { json } from '@millrace/connectors/formats'
import { sqsSource } from '@millrace/connectors/sqs'
import { createEnvironment, memoryStorage } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { eachSink } from '../../harness/each-sink.ts'
import { config } from '../peer.ts'
import { type Reading, ReadingsSeen } from '../readings.ts'
import { messagesIn, sendAll, withQueue } from '../sqs-queue.ts'

export const run: Run<readonly Reading[]> = (readings, clock) =>
  withQueue(async (client, queueUrl) => {
    await sendAll(client, queueUrl, readings)
    const seen = new ReadingsSeen()
    const env = createEnvironment()
    env
      .fromSource(sqsSource({ queueUrl, format: json<Reading>(), config: config() }))
      .sinkTo(eachSink((reading: Reading) => seen.add(reading)))
    clock.start()
    const job = env.executeAsync({ checkpoints: { every: '100ms', storage: memoryStorage() } })
    // With their deletion, which comes with a checkpoint.
    while (seen.count < readings.length || (await messagesIn(client, queueUrl)) > 0) await pause(5)
    clock.stop()
    await job.stop()
    return seen.outcome()
  })
