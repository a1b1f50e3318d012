import type { RulesErrorCode } from '../errors.ts'

/**
 * What a person does about a patient's alarms, or a channel reports of a notice. Who it was stands in `actor`: an id, which
 * goes to the audit and the alarm's record and nowhere else, like `reason`, which stays in the audit.
 */
export type AlarmAction = { readonly patientId: string; readonly actor: string } & (
  | { readonly action: 'acknowledge'; readonly alarm: string; readonly reason?: string }
  /** Hold back signals until a time, in ms since 1970 UTC; without a rule those of all of the patient's. */
  | {
      readonly action: 'pause' | 'snooze'
      readonly rule?: string
      readonly until: number
      readonly reason: string
    }
  | { readonly action: 'silence'; readonly rule: string; readonly until: number; readonly reason: string }
  /** End pauses, snoozes and silences before their time: those of a rule, or all. */
  | { readonly action: 'resume'; readonly rule?: string; readonly reason?: string }
  /** Who has a role for this patient until a time, in place of those whom the option `roles` names. */
  | {
      readonly action: 'assign'
      readonly role: string
      readonly recipients: readonly string[]
      readonly until: number
    }
  /** What became of a notice, by its key. One that did not arrive makes the next step due at once. */
  | {
      readonly action: 'delivered' | 'undelivered'
      readonly notice: string
      readonly recipient: string
      /** Why not, as a code; no text of the channel's. */
      readonly code?: string
    }
)

/** An action that nothing came of, on the side output `rejectedActions`. Holds neither actor nor reason: the audit does. */
export interface RejectedAction {
  /** Empty where it says of none (ACTION_PATIENT_INVALID). */
  readonly patientId: string
  /** Which it was; null for none of those there are. */
  readonly action: AlarmAction['action'] | null
  readonly code: ActionCode
  /** By the job's clock. */
  readonly time: number
}

export type ActionCode = RulesErrorCode & `ACTION_${string}`
