import type { RulesErrorCode } from '../errors.ts'
import type { Relation } from '../expression/condition.ts'
import type { Signal } from '../expression/signals.ts'
import type { Priority, RuleKind } from '../schema/rule-data.ts'
import type { LimitSource } from '../thresholds/resolve-limits.ts'

/** An alarm begins or ends. Plain data: the same readings give the same events, in the same order. */
export interface AlarmEvent {
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
  /** Where the rule itself failed: it is blind for this patient until the alarm is cleared. */
  readonly error?: RulesErrorCode
}

/** One signal held against one limit. */
export interface ComparedValue {
  readonly signal: Signal
  /** In `unit`; null where the signal was unknown. */
  readonly value: number | null
  readonly unit: string
  /** Event time of the reading that the value came with; null where the signal was unknown. */
  readonly time: number | null
  readonly relation: Relation
  readonly limit: number
  readonly limitUnit: string
  readonly limitFrom: LimitSource | 'rule'
  /** Where the rule refers to a limit by name. */
  readonly limitName?: string
  /** Of a count: how many of the last readings satisfied the comparison, how many had to, and of how many. */
  readonly satisfied?: number
  readonly count?: number
  readonly of?: number
}
