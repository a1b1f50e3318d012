import { createEnvironment, keyedProcess, monotonousTimestamps, valueState } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { eachSink } from '../../harness/each-sink.ts'
import { type Reading, SILENT_MS, type Silence } from './data.ts'

const silences = keyedProcess<Reading, Silence>()({
  state: { readings: valueState<number>(), since: valueState<number>(), heartRate: valueState<number>() },
  processRecord(reading, { state, timers }) {
    state.readings.set((state.readings.get() ?? 0) + 1)
    state.since.set(reading.time)
    state.heartRate.set(reading.heartRate)
    timers.eventTime.replace('silence', reading.time + SILENT_MS)
  },
  onTimer(_timer, ctx) {
    const { readings, since, heartRate } = ctx.state
    ctx.emit({ since: since.get() ?? 0, readings: readings.get() ?? 0, heartRate: heartRate.get() ?? 0 })
    readings.clear()
  },
})

export const run: Run<readonly Reading[]> = async (readings) => {
  const out = new Checksum()
  const env = createEnvironment()
  env
    .fromArray(readings)
    .assignTimestamps((r) => r.time, monotonousTimestamps())
    .keyBy((r) => r.patientId)
    .process(silences)
    .sinkTo(eachSink(({ since, readings, heartRate }) => out.add(since, readings, heartRate, 1)))
  await env.execute()
  return out.outcome()
}
