import { randomFrom } from '../../harness/random.ts'

export interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number
  readonly spo2: number
}

export interface SlidingData {
  readonly readings: readonly Reading[]
  readonly sizeMs: number
  readonly slideMs: number
}

export const MAX_DELAY_MS = 2_000

/** Patients at one reading a second on average, out of order within the bound. */
export function readingsOf(patientCount: number, events: number): readonly Reading[] {
  const random = randomFrom(2)
  const patients = Array.from({ length: patientCount }, (_, i) => `patient-${i}`)
  return Array.from(
    { length: events },
    (_, i): Reading => ({
      patientId: patients[Math.floor(random() * patientCount)] as string,
      time: Math.max(0, Math.floor((i * 1_000) / patientCount - random() * MAX_DELAY_MS)) + 1_700_000_000_000,
      heartRate: 40 + Math.floor(random() * 120),
      spo2: 80 + Math.floor(random() * 21),
    }),
  )
}
