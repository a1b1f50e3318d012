import { and, type RuleSet, rule, ruleSet } from '@millrace/rules'
import type { Make } from '../../harness/benchmark.ts'
import { randomFrom } from '../../harness/random.ts'
import type { Reading } from '../mixed/mix.ts'

/** What both can say: thresholds on one signal or two, without a time. */
export interface Plain {
  readonly above: number
  readonly below?: number
}

export interface Beside {
  readonly plain: readonly Plain[]
  readonly rules: RuleSet
  readonly readings: readonly Reading[]
  readonly before: number
}

const RULES = 100
const PATIENTS = 100
const READINGS = 100

export const make: Make<Beside> = () => {
  const random = randomFrom(8)
  const plain = Array.from({ length: RULES }, (_, i): Plain => {
    return i % 4 === 3 ? { above: 60 + i, below: 100 - i / 4 } : { above: 60 + i }
  })
  const rules = ruleSet(
    plain.map(({ above, below }, i) =>
      rule(`r${i}`).when((v) => {
        const fast = v.heartRate.above(`${above} /min`)
        return below === undefined ? fast : and(fast, v.spo2.below(`${below} %`))
      }),
    ),
  )
  // Values wander, as they do: a reading takes about two rules over their limit or back.
  const values = Array.from({ length: PATIENTS }, () => ({ heartRate: 60 + random() * 60, spo2: 80 + random() * 20 }))
  const readings: Reading[] = []
  for (let j = 0; j < READINGS; j++) {
    for (const [i, patient] of values.entries()) {
      patient.heartRate = clamp(patient.heartRate + (random() - 0.5) * 6, 58, 160)
      patient.spo2 = clamp(patient.spo2 + (random() - 0.5) * 2, 80, 100)
      readings.push({
        patientId: `patient-${i}`,
        time: 1_700_000_000_000 + j * 1_000,
        heartRate: Math.round(patient.heartRate),
        spo2: Math.round(patient.spo2),
      })
    }
  }
  return { data: { plain, rules, readings, before: 0 }, events: readings.length }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
