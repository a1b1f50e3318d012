import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { FOR_MS, type Reading, RULES } from './data.ts'

interface Patient {
  /** By rule: since when the value has been over the limit, NaN while it is not. */
  readonly since: Float64Array
  readonly isRaised: Uint8Array
}

/** Every rule is looked at for every reading: what fifty limits by hand come to. */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  const patients = new Map<string, Patient>()
  for (let i = 0; i < readings.length; i++) {
    const reading = readings[i] as Reading
    let patient = patients.get(reading.patientId)
    if (patient === undefined) {
      patient = { since: new Float64Array(RULES.length).fill(Number.NaN), isRaised: new Uint8Array(RULES.length) }
      patients.set(reading.patientId, patient)
    }
    const { since, isRaised } = patient
    for (let r = 0; r < RULES.length; r++) {
      const rule = RULES[r] as (typeof RULES)[number]
      if (reading[rule.signal] > rule.above) {
        if (Number.isNaN(since[r])) since[r] = reading.time
        else if (isRaised[r] === 0 && reading.time - (since[r] as number) >= FOR_MS) {
          isRaised[r] = 1
          out.add((since[r] as number) + FOR_MS, r, 1, 1)
        }
      } else {
        since[r] = Number.NaN
        if (isRaised[r] === 1) {
          isRaised[r] = 0
          out.add(reading.time, r, 0, 1)
        }
      }
    }
  }
  return out.outcome()
}
