import { createEnvironment } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { eachSink } from '../../harness/each-sink.ts'
import { hasSignal, isPlausible, isRaised, type Reading, toCelsius, toScore, toScored } from './data.ts'

export const run: Run<readonly Reading[]> = async (readings) => {
  const out = new Checksum()
  const env = createEnvironment()
  env
    .fromArray(readings)
    .filter(hasSignal)
    .map(toCelsius)
    .filter(isPlausible)
    .map(toScored)
    .filter(isRaised)
    .map(toScore)
    .sinkTo(eachSink((score) => out.add(score, 1, 1, 1)))
  await env.execute()
  return out.outcome()
}
