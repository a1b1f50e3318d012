import { boundedOutOfOrderness, createEnvironment } from '@millrace/core'
import type { Sink } from '@millrace/core/connector'
import type { RunClock } from '../harness/benchmark.ts'
import type { Reading } from './readings.ts'

/** A job that writes the readings; the clock runs from the first, when the sink is open, until all are acknowledged. */
export async function writeAll(readings: readonly Reading[], sink: Sink<Reading>, clock: RunClock): Promise<void> {
  let isFirst = true
  const watermarks = boundedOutOfOrderness<Reading>('1s').timestamp((reading: Reading) => reading.time)
  const env = createEnvironment()
  env
    .fromArray(readings, { watermarks })
    .filter(() => {
      if (isFirst) clock.start()
      isFirst = false
      return true
    })
    .sinkTo(sink)
  await env.execute()
  clock.stop()
}
