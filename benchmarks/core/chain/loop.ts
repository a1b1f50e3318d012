import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { hasSignal, isPlausible, isRaised, type Reading, toCelsius, toScore, toScored } from './data.ts'

/** Six steps in one loop body. */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  for (let i = 0; i < readings.length; i++) {
    const reading = readings[i] as Reading
    if (!hasSignal(reading)) continue
    const celsius = toCelsius(reading)
    if (!isPlausible(celsius)) continue
    const scored = toScored(celsius)
    if (!isRaised(scored)) continue
    out.add(toScore(scored), 1, 1, 1)
  }
  return out.outcome()
}
