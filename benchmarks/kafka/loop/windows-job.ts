import { json } from '@millrace/connectors/formats'
import { kafkaSink, kafkaSource } from '@millrace/connectors/kafka'
import {
  count,
  createEnvironment,
  mean,
  monotonousTimestamps,
  type StreamEnvironment,
  tumblingEventTimeWindows,
} from '@millrace/core'
import { brokers } from '../broker.ts'
import { type Reading, type ReadingsTopic, WINDOW_MS, windowsOf } from '../readings.ts'
import { PARTITIONS } from '../topics.ts'
import type { WindowResult } from '../window-results.ts'

export interface WindowsJob {
  readonly env: StreamEnvironment
  /** The last result is on its way to the sink. */
  readonly isAll: Promise<void>
}

/** Kafka, windows by key, Kafka: exactly once, and without an end, as such jobs are. */
export function windowsJob(input: ReadingsTopic, output: string, onFirst: () => void = () => {}): WindowsJob {
  const { client, topic, records } = input
  const { promise: isAll, resolve } = Promise.withResolvers<void>()
  const expected = windowsOf(records - PARTITIONS)
  let read = 0
  let written = 0
  const env = createEnvironment()
  env
    .fromSource(kafkaSource<Reading>({ brokers: brokers(), client, topic, format: json() }))
    .assignTimestamps((r) => r.time, monotonousTimestamps())
    .keyBy((r) => {
      if (read++ === 0) onFirst()
      return r.patientId
    })
    .window(tumblingEventTimeWindows(WINDOW_MS))
    .aggregate({ readings: count(), heartRate: mean((r) => r.heartRate) })
    .map(({ key, window, readings, heartRate = 0 }): WindowResult => {
      if (++written === expected) resolve()
      return { patientId: key, start: window.start, readings, heartRate }
    })
    .sinkTo(
      kafkaSink({
        brokers: brokers(),
        client,
        topic: output,
        format: json<WindowResult>(),
        key: (r) => r.patientId,
        transactionalIdPrefix: output,
      }),
    )
  return { env, isAll }
}
