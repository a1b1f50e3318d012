import type { Priority, RuleKind } from '../schema/rule-data.ts'
import type { Acknowledgement } from './acknowledgement.ts'
import type { Why } from './alarm-event.ts'
import type { PauseKind } from './pauses.ts'

/** What keeps an alarm from signalling while its condition is there. */
export type AlarmHold =
  | { readonly by: PauseKind; readonly until: number; readonly actor: string }
  /** A stronger alarm, of this rule, speaks for it. */
  | { readonly by: 'suppression'; readonly rule: string }
  /** News of it came so late that its end may be on the way. */
  | { readonly by: 'late'; readonly until: number }

/**
 * An alarm as it stands, in the fields of FHIR's DeviceAlert (`toDeviceAlert` makes one of it). Emitted anew at each change,
 * with a greater `revision`: of those with one `id` the greatest holds.
 */
export interface AlarmRecord {
  /** From rule, patient and first-true time: see `alarmId`. */
  readonly id: string
  /** The number of the entry in the patient's audit that it follows: it grows, not by one. */
  readonly revision: number
  readonly patientId: string
  readonly rule: string
  readonly ruleVersion: string
  readonly kind: RuleKind
  readonly priority: Priority
  /** `completed`: its condition is gone and nothing signals. `entered-in-error`: it was taken back. */
  readonly status: 'in-progress' | 'completed' | 'entered-in-error'
  /** Whether its condition is there. */
  readonly presence: boolean
  /** Event time: since when the condition has held, when the alarm was raised, and when its condition ended. */
  readonly since: number
  readonly raised: number
  readonly ended?: number
  readonly acknowledged?: Acknowledgement
  readonly signal: AlarmSignal
  /** How often its condition has come back while it lasted. */
  readonly recurrences: number
  readonly label: string
  readonly why: Why
  /** What was found about it later. */
  readonly annotation?: Why
  /** When it came to stand so, by the job's clock. */
  readonly time: number
}

/** The alarm signal, in FHIR's codes; IEC 60601-1-8 keeps it apart from the condition. */
export interface AlarmSignal {
  readonly activation: 'on' | 'paused' | 'off'
  readonly presence: 'on' | 'latched' | 'off' | 'ack'
  /** Since when it is given, by the job's clock. */
  readonly since?: number
  readonly hold?: AlarmHold
}

/** A record before it has its place in the audit. */
export type UnnumberedRecord = Omit<AlarmRecord, 'revision'>
