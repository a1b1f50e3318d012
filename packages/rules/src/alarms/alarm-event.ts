import type { RulesErrorCode } from '../errors.ts'
import type { Relation } from '../expression/condition.ts'
import type { Signal } from '../expression/signals.ts'
import type { Priority, RuleKind } from '../schema/rule-data.ts'
import type { AlarmLife } from '../schema/rule-life.ts'
import type { LimitSource } from '../thresholds/resolve-limits.ts'

/** An alarm begins or ends. Plain data: the same readings give the same events, in the same order. */
export interface AlarmEvent {
  /** The alarm's identity, the same in `raised` and `cleared`: see `alarmId`. */
  readonly id: string
  readonly patientId: string
  /** The rule's id. */
  readonly rule: string
  /** The version of the rule set. */
  readonly ruleVersion: string
  readonly event: 'raised' | 'cleared'
  /**
   * Event time, in ms. For a condition, the moment at which it had held for its time; for a silence, last seen plus its
   * time (of the job's clock), and the time of the reading that ended it.
   */
  readonly time: number
  readonly priority: Priority
  readonly why: Why
  /** Of a raised alarm: what its rule says of what becomes of it, if anything. */
  readonly life?: AlarmLife
  /** Of a raised alarm: the ward that the patient was known to be in, where schedules of the set go by wards. */
  readonly ward?: string
}

/** What an alarm rests on. */
export interface Why {
  readonly kind: RuleKind
  readonly because?: string
  /** The condition that held, in words: the rule's own for `raised`, the clear condition for `cleared`. */
  readonly condition: string
  /** Since when it held without a break, and for how long it had to. */
  readonly since?: number
  readonly for?: string
  /** Every relation of the condition, from left to right, as it stood at `time`. */
  readonly values: readonly ComparedValue[]
  /** Of a silence: when a valid value last arrived, by the job's clock; null where none ever did. */
  readonly lastSeen?: number | null
  /** Where the alarm ended since its rule is no longer in force as it was: by which change, and how. */
  readonly change?: { readonly id: string; readonly rule: 'removed' | 'disabled' | 'changed' }
  /** Where a reading that came late has shown it. */
  readonly late?: LateFinding
  /** Where the rule itself failed: it is blind for this patient until the alarm is cleared. */
  readonly error?: RulesErrorCode
}

/** What a late reading has shown of an alarm. */
export interface LateFinding {
  /** Event time of the reading, and the patient's clock when it came. */
  readonly reading: number
  readonly clock: number
  /** When the alarm was raised and cleared by what is known now: null where it still goes on, nothing where it never was. */
  readonly alarms: readonly { readonly raised: number; readonly cleared: number | null }[]
}

/** One value held against another. */
export interface ComparedValue {
  /** Where the value is a signal's. */
  readonly signal?: Signal
  /** Where it is more than a signal: what it is, in words. */
  readonly expression?: string
  /** In `unit`, or a text; null where it was unknown. */
  readonly value: number | string | null
  /** Absent for a text. */
  readonly unit?: string
  /** Event time of the latest reading that the value rests on; null where the value was unknown. */
  readonly time: number | null
  readonly relation: Relation | '=' | '!='
  /** Null where it was unknown. */
  readonly limit: number | string | null
  readonly limitUnit?: string
  /** `rule`: it is written there; `expression`: it is worked out, as `limitName` says. */
  readonly limitFrom: LimitSource | 'rule' | 'expression'
  /** Where the rule refers to a limit by name, or holds the value against an expression. */
  readonly limitName?: string
  /** Of a patient's own limit that a change gave: its author, and until when it holds, where it does not for good. */
  readonly limitBy?: string
  readonly limitUntil?: number
  /** Of a count: how many of the last readings satisfied the comparison, how many had to, and of how many. */
  readonly satisfied?: number
  readonly count?: number
  readonly of?: number
  /** Of what is more than a signal: what it was worked out from. */
  readonly inputs?: readonly ComparedInput[]
}

/** What a value was worked out from. */
export interface ComparedInput {
  /** A signal, a function of one, or an attribute, in words. */
  readonly of: string
  readonly value: number | string | null
  readonly unit?: string
  readonly time: number | null
}
