import type { Acknowledgement } from './acknowledgement.ts'
import type { AlarmAction, RejectedAction } from './alarm-action.ts'
import type { AlarmCorrection } from './alarm-correction.ts'
import type { AlarmEvent, Why } from './alarm-event.ts'
import type { AlarmFact } from './alarm-fact.ts'
import type { AlarmNotice } from './alarm-notice.ts'
import type { UnnumberedRecord } from './alarm-record.ts'
import type { ConditionPresence } from './condition-presence.ts'
import type { Escalation } from './escalation.ts'
import type { NoticeGate } from './notice-gate.ts'
import type { Pause } from './pauses.ts'
import type { Reminder } from './reminder.ts'

/** An alarm that was raised, with its id. */
export interface Raised {
  readonly id: string
  readonly event: AlarmEvent
}

/** All that is known of one rule's alarm while anything of it is alive: the states of its machines, side by side. */
export interface LiveAlarm {
  readonly presence: ConditionPresence<Raised>
  readonly acknowledged?: Acknowledgement | undefined
  /** Held as late until then. */
  readonly late?: number | undefined
  /** The rule whose alarm speaks for it. */
  readonly suppressedBy?: string | undefined
  readonly escalation?: Escalation | undefined
  readonly reminder?: Reminder | undefined
  /** How often it has begun to signal. */
  readonly episodes: number
  readonly recurrences: number
  /** What its last record said, to tell whether another is due. */
  readonly shown: string
  /** Who was told. */
  readonly told: readonly string[]
  /** Event time of the end of its condition. */
  readonly ended?: number | undefined
  readonly annotation?: Why | undefined
}

/** Who has a role for this patient, for a while. */
export interface Assignment {
  readonly role: string
  readonly recipients: readonly string[]
  readonly until: number
}

/** What is alive of a patient's alarms. Plain data: in checkpoints. A patient of whom nothing is alive has none. */
export interface PatientLife {
  readonly version: 1
  /** By rule; an alarm about a rule that failed by the rule's id, `!` and the code. */
  readonly alarms: Readonly<Record<string, LiveAlarm>>
  readonly pauses: readonly Pause[]
  readonly assignments: readonly Assignment[]
  readonly gates: readonly RecipientGate[]
}

/** The notices that one recipient gets of this patient. */
export interface RecipientGate {
  readonly recipient: string
  readonly gate: NoticeGate<AlarmNotice>
}

export type LifeInput =
  | { readonly type: 'event'; readonly event: AlarmEvent | AlarmCorrection }
  | { readonly type: 'action'; readonly action: AlarmAction }
  | { readonly type: 'tick' }

/** What comes of it, in order. */
export type LifeEvent =
  | { readonly type: 'record'; readonly record: UnnumberedRecord }
  | { readonly type: 'notice'; readonly notice: AlarmNotice }
  | { readonly type: 'fact'; readonly fact: AlarmFact }
  | { readonly type: 'rejected'; readonly rejected: RejectedAction }
