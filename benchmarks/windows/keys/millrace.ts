import { boundedOutOfOrderness, count, createEnvironment, mean, tumblingEventTimeWindows } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { eachSink } from '../../harness/each-sink.ts'
import { heldBytes } from '../../harness/held-bytes.ts'
import { KEYS, type Reading, WINDOW_MS } from './data.ts'

export const run: Run<readonly Reading[]> = async (readings) => {
  const out = new Checksum()
  const before = heldBytes()
  let after = 0
  const last = readings.at(-1)
  const env = createEnvironment()
  env
    .fromArray(readings)
    .assignTimestamps((r) => {
      if (r === last) after = heldBytes()
      return r.time
    }, boundedOutOfOrderness(0))
    .keyBy((r) => r.deviceId)
    .window(tumblingEventTimeWindows(WINDOW_MS))
    .aggregate({ readings: count(), average: mean((r) => r.value) })
    .sinkTo(eachSink(({ window, readings, average = 0 }) => out.add(window.start, readings, average, 0)))
  await env.execute()
  return { ...out.outcome(), bytesEach: (after - before) / KEYS }
}
