import { filter, from, map } from 'rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { hasSignal, isPlausible, isRaised, type Reading, toCelsius, toScore, toScored } from './data.ts'

/** The idiom: a pipe of six operators. */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  from(readings as Reading[])
    .pipe(filter(hasSignal), map(toCelsius), filter(isPlausible), map(toScored), filter(isRaised), map(toScore))
    .subscribe((score) => out.add(score, 1, 1, 1))
  return out.outcome()
}
