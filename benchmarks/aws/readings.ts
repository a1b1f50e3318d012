import type { Outcome } from '../harness/benchmark.ts'
import { randomFrom } from '../harness/random.ts'

/** 200 bytes of JSON. */
export interface Reading {
  readonly patientId: string
  /** Ms since 1970, ascending. */
  readonly time: number
  readonly heartRate: number
  readonly spo2: number
  readonly device: string
  readonly note: string
}

const BYTES = 200
/** More than are under way at a time, so that the order of a patient's readings holds nobody up. */
const PATIENTS = 10_000
const START = 1_700_000_000_000

/** So many readings, the same each time. */
export function readings(count: number): Reading[] {
  const random = randomFrom(6)
  return Array.from({ length: count }, (_, n) => {
    const id = String(n % PATIENTS).padStart(5, '0')
    const reading = {
      patientId: `patient-${id}`,
      time: START + n,
      heartRate: 60 + Math.floor(random() * 40),
      spo2: 90 + Math.floor(random() * 10),
      device: `monitor-${id}`,
      note: '',
    }
    return { ...reading, note: '-'.repeat(BYTES - Buffer.byteLength(JSON.stringify(reading))) }
  })
}

/** In batches of so many, as one cuts them by hand. */
export function* batchesOf(all: readonly Reading[], size: number): Generator<readonly Reading[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size)
}

/** Counts readings that have been read, and sums up what is in them. */
export class ReadingsSeen {
  #count = 0
  #sum = 0

  add({ heartRate, spo2 }: Reading): void {
    this.#count += 1
    this.#sum += heartRate * 100 + spo2
  }

  get count(): number {
    return this.#count
  }

  outcome(): Outcome {
    return { results: this.#count, checksum: this.#sum }
  }
}
