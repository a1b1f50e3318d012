/** What a patient's monitors say at one moment. */
export interface KillReading {
  readonly patientId: string
  /** Event time, in ms. */
  readonly time: number
  readonly spo2: number
  readonly heartRate: number
}

export const PARTITIONS = 4
const PATIENTS = 40
const START = Date.UTC(2021, 0, 1)
/**
 * Of event time, from one reading of a patient to the next. A patient's clock goes on with the job's while nothing is read, and a rule
 * that waits for an hour would come due in an outage of an hour: no outage may be as long as this.
 */
export const STEP_MS = 600_000
/** Later than all readings: a patient of each partition who has one reading, so that every window ends. */
export const CLOSING_TIME = Date.UTC(2025, 0, 1)
/** A value is missing now and then, and the last one counts. */
const MISSING = 0.05

/** Patients whose values wander over the limits of the rules and back; the nth step gives one reading of most of them, by partition. */
export class KillReadings {
  readonly #random: () => number
  readonly #values = Array.from({ length: PATIENTS }, () => ({ spo2: 93, heartRate: 100 }))
  #step = 0

  constructor(random: () => number) {
    this.#random = random
  }

  next(): { readonly partition: number; readonly reading: KillReading }[] {
    const time = START + STEP_MS * this.#step
    this.#step += 1
    return this.#values.flatMap((values, patient) => {
      values.spo2 = this.#wander(values.spo2, 80, 99)
      values.heartRate = this.#wander(values.heartRate, 60, 140)
      if (this.#random() < MISSING) return []
      return [{ partition: patient % PARTITIONS, reading: { patientId: `p${patient}`, time, ...values } }]
    })
  }

  #wander(value: number, least: number, most: number): number {
    const next = value + Math.round((this.#random() - 0.5) * 0.3 * (most - least))
    return Math.min(most, Math.max(least, next))
  }
}
