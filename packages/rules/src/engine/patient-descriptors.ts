import { valueState } from '@millrace/core'
import { HISTORY, type PatientHistory } from './patient-history.ts'

type Numbers = readonly number[]

// Flat numbers are copied in one go (no cell holds an object), written as they are, and read back as packed doubles: V8's
// structured clone would bring them back as a slower kind of array.
const NUMBERS = {
  name: 'rules/float64',
  version: 1,
  encode(numbers: Numbers): Uint8Array {
    const bytes = new Uint8Array(numbers.length * 8)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < numbers.length; i++) view.setFloat64(i * 8, numbers[i] as number, true)
    return bytes
  },
  decode(bytes: Uint8Array): Numbers {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const numbers = new Array<number>(bytes.byteLength / 8).fill(Number.NaN)
    for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat64(i * 8, true)
    return numbers
  },
}

/**
 * What is remembered of a patient. Each state is replaced as a whole, and only when it changed: `vitals` with every
 * reading, `windows` with readings of signals that a rule counts, `alarms` where a run begins or ends. Only `history` is written
 * in place, as an accumulator is: a window of an hour would be copied with every reading.
 */
export const PATIENT_STATE: PatientState = {
  vitals: valueState<Numbers>({ codec: NUMBERS }),
  windows: valueState<Numbers>({ codec: NUMBERS }),
  history: valueState<PatientHistory>({ codec: HISTORY }),
  alarms: valueState<Numbers>({ codec: NUMBERS }),
  faults: valueState<Readonly<Record<string, number>>>(),
  texts: valueState<Readonly<Record<string, string>>>(),
}

/** The type of `PATIENT_STATE`. An alias, since an interface would not do as descriptors by any name. */
export type PatientState = {
  readonly vitals: ReturnType<typeof valueState<Numbers>>
  readonly windows: ReturnType<typeof valueState<Numbers>>
  /** The readings that windows look back on; written in place, and set anew with each. */
  readonly history: ReturnType<typeof valueState<PatientHistory>>
  readonly alarms: ReturnType<typeof valueState<Numbers>>
  /** By index of each rule that has failed: since when. */
  readonly faults: ReturnType<typeof valueState<Readonly<Record<string, number>>>>
  /** Attributes that are texts, the ward among them. */
  readonly texts: ReturnType<typeof valueState<Readonly<Record<string, string>>>>
}
