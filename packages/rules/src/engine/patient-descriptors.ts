import { valueState } from '@millrace/core'
import { type AlarmNumbers, packAlarms, unpackAlarms } from './alarm-cells.ts'
import type { LateMemory } from './late-memory.ts'
import { bytesOf, numbersOf } from './number-bytes.ts'
import { HISTORY, type PatientHistory } from './patient-history.ts'
import { withLimitTimes } from './patient-state.ts'

const VITALS = {
  name: 'rules/vitals',
  version: 2,
  encode: bytesOf,
  decode: (bytes: Uint8Array, version: number): Float64Array => {
    return version === 1 ? withLimitTimes(numbersOf(bytes)) : numbersOf(bytes)
  },
}
const ALARMS = {
  name: 'rules/alarms',
  version: 1,
  encode: (numbers: AlarmNumbers): Uint8Array => bytesOf(packAlarms(numbers)),
  decode: (bytes: Uint8Array): AlarmNumbers => unpackAlarms(numbersOf(bytes)),
}

/**
 * What is remembered of a patient. The numbers of `vitals`, `history` and `alarms` are written in place, as accumulators are, and set anew
 * with each reading: what holds one of them over from one call to the next copies it.
 */
export const PATIENT_STATE: PatientState = {
  vitals: valueState<Float64Array>({ codec: VITALS }),
  history: valueState<PatientHistory>({ codec: HISTORY }),
  alarms: valueState<AlarmNumbers>({ codec: ALARMS }),
  faults: valueState<Readonly<Record<string, number>>>(),
  texts: valueState<Readonly<Record<string, string>>>(),
  late: valueState<LateMemory>(),
}

/** The type of `PATIENT_STATE`. An alias, since an interface would not do as descriptors by any name. */
export type PatientState = {
  /** Of every channel the last annotation, and the last values of signals that a rule counts. */
  readonly vitals: ReturnType<typeof valueState<Float64Array>>
  /** The readings that windows look back on. */
  readonly history: ReturnType<typeof valueState<PatientHistory>>
  /** The runs and alarms of the rules that are not at rest. */
  readonly alarms: ReturnType<typeof valueState<AlarmNumbers>>
  /** By index of each rule that has failed: since when. */
  readonly faults: ReturnType<typeof valueState<Readonly<Record<string, number>>>>
  /** Attributes that are texts, the ward among them. */
  readonly texts: ReturnType<typeof valueState<Readonly<Record<string, string>>>>
  /** Where late readings are allowed: the last readings, and what was told. */
  readonly late: ReturnType<typeof valueState<LateMemory>>
}
