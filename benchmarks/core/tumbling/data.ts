import type { Make } from '../../harness/benchmark.ts'
import { randomFrom } from '../../harness/random.ts'

export interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number
  readonly spo2: number
}

export const PATIENTS = 10_000
export const WINDOW_MS = 10_000
export const MAX_DELAY_MS = 2_000
const EVENTS = 2_000_000

/**
 * 10,000 patients, a reading each second on average, so ten in a window; out of order within the bound, one in a thousand
 * beyond it. Readings of one patient share one string as key, as after a look-up; parsing is not what is measured.
 */
export const make: Make<readonly Reading[]> = () => {
  const random = randomFrom(1)
  const patients = Array.from({ length: PATIENTS }, (_, i) => `patient-${i}`)
  const data = Array.from({ length: EVENTS }, (_, i): Reading => {
    const delay = random() < 0.001 ? 20_000 : random() * MAX_DELAY_MS
    return {
      patientId: patients[Math.floor(random() * PATIENTS)] as string,
      time: Math.max(0, Math.floor(i / 10 - delay)) + 1_700_000_000_000,
      heartRate: 40 + Math.floor(random() * 120),
      spo2: 80 + Math.floor(random() * 21),
    }
  })
  return { data, events: EVENTS }
}
