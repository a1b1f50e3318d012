import type { AttributeType } from '../expression/attributes.ts'
import type { Condition, Silence } from '../expression/condition.ts'
import type { Expression } from '../expression/expression.ts'
import type { Quantity } from '../expression/quantity.ts'
import type { Signal } from '../expression/signals.ts'
import type { BandTable } from './band-table.ts'
import type { RuleLife } from './rule-life.ts'
import type { Schedule } from './schedule.ts'

/**
 * The versions of the format that this package reads. It writes the first that can say what the set says: what format 1 can
 * say keeps its JSON, and so its version.
 */
export const FORMATS = [1, 2] as const
export type Format = (typeof FORMATS)[number]

/** How urgently someone must look, as in IEC 60601-1-8. */
export type Priority = 'high' | 'medium' | 'low'
/** Whether an alarm speaks of the patient or of the equipment, as in IEC 60601-1-8. */
export type RuleKind = 'physiological' | 'technical'
/** Whether a zero is a value, or means that there is no signal (and is then treated like a blank). */
export type ZerosPolicy = 'value' | 'no-signal'
/**
 * At a blank: is the signal unknown at once (`break`), or does its last value go on holding for its time (`hold`)? With `raise`
 * it is unknown at once, and a technical alarm says that the rule is blind, for as long as its condition is unknown.
 */
export type MissingPolicy = 'break' | 'hold' | 'raise'

export const PRIORITIES: readonly Priority[] = ['high', 'medium', 'low']
export const KINDS: readonly RuleKind[] = ['physiological', 'technical']
export const ZEROS_POLICIES: readonly ZerosPolicy[] = ['value', 'no-signal']
export const MISSING_POLICIES: readonly MissingPolicy[] = ['break', 'hold', 'raise']

/** When an alarm is over. */
export interface ClearData {
  /** By default the negation of the rule's own condition. */
  readonly when?: Condition
  /** How long it must have held; by default `0s`. */
  readonly for?: string
}

/**
 * A rule as data, in its canonical form: what is left out has its default, and a default is always left out, except
 * `priority`. Durations are texts, quantities have their unit.
 */
export interface RuleData extends RuleLife {
  readonly id: string
  /** By default `physiological`. */
  readonly kind?: 'technical'
  readonly priority: Priority
  /** What it means, for the one who is paged. */
  readonly because?: string
  readonly when: Condition | Silence
  /** How long `when` must have held; by default `0s`. Not with a silence, which has its own time. */
  readonly for?: string
  readonly clear?: ClearData
  /** By default `value`. */
  readonly zeros?: 'no-signal'
  /** By default `break`. */
  readonly missing?: 'hold' | 'raise'
}

/** Limits by name, such as `heartRate.high`. */
export type LimitTable = Readonly<Record<string, Quantity>>

/** What patients' own limits of one name may be. */
export interface OwnLimit {
  /** From and to, both allowed. */
  readonly between?: readonly [Quantity, Quantity]
  /** How long each may hold from when a change gives it; then it needs an end, and a change that gives it again. */
  readonly longest?: string
}

/** By name of the limit. What is not named may be anything, and hold for good. */
export type OwnLimits = Readonly<Record<string, OwnLimit>>

/** A limit is looked up for the patient, then for the ward, then in `default`, which must have it. */
export interface LimitsData {
  readonly default: LimitTable
  /** What those of patients may be. */
  readonly own?: OwnLimits
  readonly wards?: Readonly<Record<string, LimitTable>>
  readonly patients?: Readonly<Record<string, LimitTable>>
}

/** A rule set as data: what is stored, hashed, sent over a wire and edited in a form. */
export interface RuleSetData {
  readonly format: Format
  /** Their order is the order of alarms of one time. */
  readonly rules: readonly RuleData[]
  readonly limits?: LimitsData
  /**
   * How long a value holds when no other comes, by signal. By default `1m` for heart, pulse and respiratory rate and
   * SpO2, `1h` for pressures, `4h` for temperature.
   */
  readonly validFor?: Readonly<Partial<Record<Signal, string>>>
  /** Attributes of patients beyond `age`, `ward`, `pathway`, `sex` and `weight`. */
  readonly attributes?: Readonly<Record<string, AttributeType>>
  readonly schedules?: Readonly<Record<string, Schedule>>
  /** Limits by attribute band and value band; each row is a rule. */
  readonly tables?: readonly BandTable[]
  /** Values and conditions that rules use by name. */
  readonly definitions?: Readonly<Record<string, Expression | Condition>>
}
