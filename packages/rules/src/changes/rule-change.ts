import type { Duration } from '../expression/duration.ts'
import type { Quantity } from '../expression/quantity.ts'

/** Who changes the rules, when and why. */
export interface ChangeSignature {
  /** The change's own id, 1 to 100 characters: one that comes again, as streams bring it, changes nothing. */
  readonly id: string
  /** When it was made, in ms since 1970 UTC: what the audit says. It is in force when it comes. */
  readonly at: number
  /** Who made it: an id of 1 to 200 characters. */
  readonly author: string
  /** Why, in 1 to 1,000 characters. */
  readonly reason: string
  /** The version that it was made on. Where another is in force by then, it is refused. */
  readonly basedOn?: string
}

/** A rule set as JSON that is not checked yet, or in words. */
export type GivenRules = string | Readonly<Record<string, unknown>>

/**
 * Takes the place of the whole set. No rule of it is disabled. Where it says nothing of patients' own limits, those in force stay, as
 * far as it has defaults for them; `limits: { default, patients: {} }` takes them away.
 */
export interface WholeChange {
  readonly set: GivenRules
}

/** Limits to be set, by name; null takes one away. */
export type ChangedLimits = Readonly<Record<string, string | Quantity | null>>

/** A limit that a patient has for a time. */
export interface TimedLimit {
  readonly limit: string | Quantity
  /**
   * In ms since 1970 UTC, later than the change's `at`. When the job's clock comes to it the limit holds no more, and that of the ward, or the
   * default, does again.
   */
  readonly until: number
}

/** What patients' own limits of a name may be, not checked yet: see `OwnLimit`. */
export interface GivenOwnLimit {
  readonly between?: readonly [low: string | Quantity, high: string | Quantity]
  readonly longest?: Duration
}

/** Changes parts of the set. What is not named stays as it is. */
export interface DeltaChange {
  /**
   * Parts as they stand in a set, in words or as JSON without `format`: rules and tables by their ids, names by their names. What is
   * there already is replaced and keeps its place, what is new comes last. A rule that is disabled stays so.
   */
  readonly put?: GivenRules
  /** Ids of rules and tables. */
  readonly remove?: readonly string[]
  /** What the set gives names to, by kind. */
  readonly removeNames?: Readonly<
    Partial<Record<'definitions' | 'schedules' | 'attributes' | 'validFor', readonly string[]>>
  >
  /** Ids of rules and tables that stay in the set and are not in force. Those that they suppress are heard meanwhile. */
  readonly disable?: readonly string[]
  readonly enable?: readonly string[]
  readonly limits?: {
    readonly default?: ChangedLimits
    /** What patients' own limits may be, by name. */
    readonly own?: Readonly<Record<string, GivenOwnLimit | null>>
    /** By ward, and by patient. */
    readonly wards?: Readonly<Record<string, ChangedLimits>>
    readonly patients?: Readonly<Record<string, Readonly<Record<string, ChangedLimits[string] | TimedLimit>>>>
  }
}

/** Puts an earlier version in force again. Patients' own limits stay as they are, as far as it has defaults for them. */
export interface RollBackChange {
  /** A version of the history. */
  readonly rollBack: string
}

/** A change of the rules in force. Plain data. It is applied as a whole, or refused as a whole. */
export type RuleChange = ChangeSignature & (WholeChange | DeltaChange | RollBackChange)
