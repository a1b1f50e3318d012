import type { Make } from '../../harness/benchmark.ts'
import { randomFrom } from '../../harness/random.ts'

export const SIGNALS = ['heartRate', 'respiratoryRate', 'spo2', 'systolic', 'temperature'] as const
export type Signal = (typeof SIGNALS)[number]

export type Reading = { readonly patientId: string; readonly time: number } & { readonly [S in Signal]: number }

/** Fifty limits, ten a signal: an alarm is raised when the value has been over one for ten seconds, and cleared when it is not. */
export const FOR_MS = 10_000
const SCALES = {
  heartRate: [60, 120],
  respiratoryRate: [10, 25],
  spo2: [85, 100],
  systolic: [90, 160],
  temperature: [35, 40],
}
export const RULES: readonly { readonly signal: Signal; readonly above: number }[] = Array.from(
  { length: 50 },
  (_, i) => {
    const signal = SIGNALS[i % SIGNALS.length] as Signal
    const [low, high] = SCALES[signal] as [number, number]
    return { signal, above: Math.round((low + ((high - low) * (1 + Math.floor(i / SIGNALS.length))) / 11) * 10) / 10 }
  },
)

const PATIENTS = 1_000
const SECONDS = 300

/** A reading of all five signals a second for each of 1,000 patients; values wander, so that runs last and break. */
export const make: Make<readonly Reading[]> = () => {
  const random = randomFrom(5)
  const patients = Array.from({ length: PATIENTS }, (_, i) => {
    const values = SIGNALS.map((signal) => {
      const [low, high] = SCALES[signal] as [number, number]
      return low + random() * (high - low)
    })
    return { patientId: `patient-${i}`, values }
  })
  const data: Reading[] = []
  for (let second = 0; second < SECONDS; second++) {
    for (const { patientId, values } of patients) {
      SIGNALS.forEach((signal, i) => {
        const [low, high] = SCALES[signal] as [number, number]
        const moved = (values[i] as number) + (random() - 0.5) * 0.05 * (high - low)
        values[i] = Math.min(high, Math.max(low, moved))
      })
      const [heartRate, respiratoryRate, spo2, systolic, temperature] = values.map((v) => Math.round(v * 10) / 10)
      data.push({
        patientId,
        time: 1_700_000_000_000 + second * 1_000,
        heartRate,
        respiratoryRate,
        spo2,
        systolic,
        temperature,
      } as Reading)
    }
  }
  return { data, events: data.length }
}
