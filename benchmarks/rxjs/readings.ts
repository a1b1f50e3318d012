import type { Make } from '../harness/benchmark.ts'
import { randomFrom } from '../harness/random.ts'

export interface Reading {
  readonly patientId: string
  /** Of this reading alone; one that is sent again keeps it. */
  readonly id: string
  /** Ms since 1970 UTC; never less than that of the reading before. */
  readonly time: number
  readonly heartRate: number
}

const BEDS = 1_000
const START = 1_700_000_000_000
const RECENT = 20_000

export interface Ward {
  readonly events: number
  /** Readings a ms, of all beds together. Default 1: one a second from each patient. */
  readonly perMs?: number
  /** Which share of the readings is one of the last 20,000 sent again. Default 0. */
  readonly repeated?: number
}

/**
 * 1,000 occupied beds, times in order. Patients come and go: one in 200 readings is the patient's last. Readings of one patient
 * share one string as key, as after a look-up.
 */
export function wardReadings({ events, perMs = 1, repeated = 0 }: Ward): Make<readonly Reading[]> {
  return () => {
    const random = randomFrom(1)
    let admitted = 0
    const admit = (): string => `patient-${admitted++}`
    const beds = Array.from({ length: BEDS }, admit)
    const data: Reading[] = []
    for (let i = 0; i < events; i++) {
      const time = START + Math.floor(i / perMs)
      const earlier = repeated > 0 && random() < repeated ? data[i - 1 - Math.floor(random() * RECENT)] : undefined
      if (earlier !== undefined) {
        data.push({ ...earlier, time })
        continue
      }
      const bed = Math.floor(random() * BEDS)
      const patientId = beds[bed] as string
      if (random() < 1 / 200) beds[bed] = admit()
      data.push({ patientId, id: `${patientId}/${i}`, time, heartRate: 40 + Math.floor(random() * 120) })
    }
    return { data, events }
  }
}

/** The number in a patient's id, for a checksum. */
export function patientNumber(patientId: string): number {
  return Number(patientId.slice(patientId.indexOf('-') + 1))
}
