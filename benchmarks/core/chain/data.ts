import type { Make } from '../../harness/benchmark.ts'
import { randomFrom } from '../../harness/random.ts'

export interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number
  readonly systolic: number
  readonly temperature: number
}

export interface Scored {
  readonly patientId: string
  readonly shockIndex: number
  readonly temperature: number
}

const EVENTS = 2_000_000

/** Readings of 1,000 patients, some with a heart rate of zero, some with temperatures in Fahrenheit. */
export const make: Make<readonly Reading[]> = () => {
  const random = randomFrom(3)
  const patients = Array.from({ length: 1_000 }, (_, i) => `patient-${i}`)
  const data = Array.from({ length: EVENTS }, (_, i): Reading => {
    const celsius = 35 + Math.floor(random() * 60) / 10
    return {
      patientId: patients[Math.floor(random() * patients.length)] as string,
      time: i + 1_700_000_000_000,
      heartRate: random() < 0.05 ? 0 : 40 + Math.floor(random() * 120),
      systolic: 80 + Math.floor(random() * 100),
      temperature: random() < 0.1 ? celsius * 1.8 + 32 : celsius,
    }
  })
  return { data, events: EVENTS }
}

// The six steps, for every contender the same functions.
export const hasSignal = (reading: Reading): boolean => reading.heartRate > 0
export const toCelsius = (reading: Reading): Reading =>
  reading.temperature < 50 ? reading : { ...reading, temperature: (reading.temperature - 32) / 1.8 }
export const isPlausible = (reading: Reading): boolean => reading.temperature > 30 && reading.temperature < 45
export const toScored = (reading: Reading): Scored => ({
  patientId: reading.patientId,
  shockIndex: reading.heartRate / reading.systolic,
  temperature: reading.temperature,
})
export const isRaised = (scored: Scored): boolean => scored.shockIndex > 0.7
export const toScore = (scored: Scored): number => scored.shockIndex * 2 + (scored.temperature > 38.5 ? 1 : 0)
