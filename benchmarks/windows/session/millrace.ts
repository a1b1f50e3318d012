import {
  boundedOutOfOrderness,
  count,
  createEnvironment,
  eventTimeSessionWindows,
  max,
  mean,
  min,
} from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { eachSink } from '../../harness/each-sink.ts'
import { GAP_MS, MAX_DELAY_MS, type Reading } from './data.ts'

export const run: Run<readonly Reading[]> = async (readings) => {
  const out = new Checksum()
  const env = createEnvironment()
  env
    .fromArray(readings)
    .assignTimestamps((r) => r.time, boundedOutOfOrderness(MAX_DELAY_MS))
    .keyBy((r) => r.patientId)
    .window(eventTimeSessionWindows(GAP_MS))
    .aggregate({
      readings: count(),
      heartRate: mean((r) => r.heartRate),
      lowest: min((r) => r.spo2),
      highest: max((r) => r.spo2),
    })
    .sinkTo(
      eachSink(({ window, readings, heartRate = 0, lowest = 0, highest = 0 }) =>
        out.add(window.start + window.end, readings, heartRate, lowest * 256 + highest),
      ),
    )
  await env.execute()
  return out.outcome()
}
