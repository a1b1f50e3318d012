import type { Make } from '../../harness/benchmark.ts'
import { randomFrom } from '../../harness/random.ts'

export interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number
  readonly spo2: number
}

export const GAP_MS = 10_000
export const MAX_DELAY_MS = 2_000
const PATIENTS = 10_000
const WARD = 1_000
const WARD_MS = 20_000
const READINGS_A_WARD = 10_000
const EVENTS = 2_000_000

/** Wards of 1,000 patients take turns of 20 seconds, in which each patient has ten readings on average; out of order within the bound. */
export const make: Make<readonly Reading[]> = () => {
  const random = randomFrom(3)
  const patients = Array.from({ length: PATIENTS }, (_, i) => `patient-${i}`)
  const data = Array.from({ length: EVENTS }, (_, i): Reading => {
    const ward = Math.floor(i / READINGS_A_WARD)
    const patient = ((ward * WARD) % PATIENTS) + Math.floor(random() * WARD)
    return {
      patientId: patients[patient] as string,
      time: 1_700_000_000_000 + Math.floor((i / READINGS_A_WARD) * WARD_MS - random() * MAX_DELAY_MS),
      heartRate: 40 + Math.floor(random() * 120),
      spo2: 80 + Math.floor(random() * 21),
    }
  })
  return { data, events: EVENTS }
}
