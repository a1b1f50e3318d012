import type { AlarmCorrection } from '../alarms/alarm-correction.ts'
import type { AlarmEvent } from '../alarms/alarm-event.ts'
import type { AlarmNumbers } from './alarm-cells.ts'
import type { LateMemory } from './late-memory.ts'
import type { PatientHistory } from './patient-history.ts'
import type { RejectedReading } from './reading.ts'

interface Cell<T> {
  get(): T | undefined
  set(value: T): void
  clear(): void
}

/** What is remembered of a patient, see `PATIENT_STATE`. */
export interface PatientCells {
  readonly vitals: Cell<Float64Array>
  readonly history: Cell<PatientHistory>
  readonly alarms: Cell<AlarmNumbers>
  readonly faults: Cell<Readonly<Record<string, number>>>
  readonly texts: Cell<Readonly<Record<string, string>>>
  readonly late: Cell<LateMemory>
}

/** What rules need around them, for the patient at hand: a step of a job gives it, or whoever runs rules alone. */
export interface PatientHost {
  /** The patient's id. */
  readonly key: string
  readonly isReplay: boolean
  readonly state: PatientCells
  readonly timers: { readonly processingTime: { replace(name: string, time: number): void } }
  readonly metrics: { counter(name: string): { add(count: number): void } }
  /** The clock: the job's, or whatever says the time. */
  now(): number
  emit(event: AlarmEvent | AlarmCorrection, timestamp: number): void
}

/** Takes a reading, or a value of one, that no rule can use. */
export type Reject = (host: PatientHost, rejected: RejectedReading) => void
