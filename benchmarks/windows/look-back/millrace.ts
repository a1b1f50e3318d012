import { boundedOutOfOrderness, count, createEnvironment, max, mean, min } from '@millrace/core'
import { MAX_DELAY_MS } from '../../core/sliding/readings.ts'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { eachSink } from '../../harness/each-sink.ts'
import type { LookBackData } from './data.ts'

export const run: Run<LookBackData> = async ({ readings, lastMs }) => {
  const out = new Checksum()
  const env = createEnvironment()
  env
    .fromArray(readings)
    .assignTimestamps((r) => r.time, boundedOutOfOrderness(MAX_DELAY_MS))
    .keyBy((r) => r.patientId)
    .over({ last: lastMs })
    .aggregate({
      readings: count(),
      heartRate: mean((r) => r.heartRate),
      lowest: min((r) => r.spo2),
      highest: max((r) => r.spo2),
    })
    .sinkTo(
      eachSink(({ value, readings, heartRate = 0, lowest = 0, highest = 0 }) =>
        out.add(value.time, readings, heartRate, lowest * 256 + highest),
      ),
    )
  await env.execute()
  return out.outcome()
}
