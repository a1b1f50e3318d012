import type { Make } from '../../harness/benchmark.ts'
import { randomFrom } from '../../harness/random.ts'

export interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number
}

/** A patient who has given nothing for `SILENT_MS`. */
export interface Silence {
  readonly since: number
  readonly readings: number
  readonly heartRate: number
}

export const SILENT_MS = 5_000
const PATIENTS = 10_000
const EVENTS = 2_000_000

/** 10,000 patients, a reading each second on average at random moments, in order: one gap in 150 is silence. */
export const make: Make<readonly Reading[]> = () => {
  const random = randomFrom(4)
  const patients = Array.from({ length: PATIENTS }, (_, i) => `patient-${i}`)
  const data = Array.from(
    { length: EVENTS },
    (_, i): Reading => ({
      patientId: patients[Math.floor(random() * PATIENTS)] as string,
      time: Math.floor(i / 10) + 1_700_000_000_000,
      heartRate: 40 + Math.floor(random() * 120),
    }),
  )
  return { data, events: EVENTS }
}
