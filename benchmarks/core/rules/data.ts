import type { Make } from '../../harness/benchmark.ts'
import { randomFrom } from '../../harness/random.ts'
import type { SignalName } from './thresholds.ts'

export type Vitals = { readonly patientId: string; readonly time: number } & { readonly [S in SignalName]: number }

const PATIENTS = 1_000
const EVENTS = 200_000

/** 1,000 patients, each second a reading with five vitals, which wander around their normal values. */
export const make: Make<readonly Vitals[]> = () => {
  const random = randomFrom(5)
  const wander = (value: number, normal: number, step: number): number =>
    value + (normal - value) * 0.01 + (random() - 0.5) * step
  const patients = Array.from({ length: PATIENTS }, (_, i) => ({
    patientId: `patient-${i}`,
    heartRate: 80,
    respiratoryRate: 16,
    spo2: 97,
    systolic: 120,
    temperature: 37,
  }))
  const data = Array.from({ length: EVENTS }, (_, i): Vitals => {
    const patient = patients[i % PATIENTS] as (typeof patients)[number]
    patient.heartRate = wander(patient.heartRate, 80, 16)
    patient.respiratoryRate = wander(patient.respiratoryRate, 16, 4)
    patient.spo2 = Math.min(100, wander(patient.spo2, 97, 2))
    patient.systolic = wander(patient.systolic, 120, 16)
    patient.temperature = wander(patient.temperature, 37, 0.8)
    return { ...patient, time: Math.floor(i / PATIENTS) * 1_000 + (i % PATIENTS) + 1_700_000_000_000 }
  })
  return { data, events: EVENTS }
}
