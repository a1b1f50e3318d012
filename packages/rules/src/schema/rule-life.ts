import type { Schedule } from './schedule.ts'

/** Who is told of an alarm, when, and whether still. */
export interface NotifyStep {
  /** Roles, such as `ward-nurse`; `manageAlarms` is told who has them. */
  readonly to: readonly string[]
  /** How long after the alarm has begun to signal; by default at once. */
  readonly after?: string
  /** Nobody is told where someone has acknowledged the alarm by then. */
  readonly unless?: 'acknowledged'
  /** A schedule of the set, in the time zone of the patient's ward: outside of it the step is passed over. */
  readonly during?: string
}

/** What becomes of a rule's alarm once it is raised: what `manageAlarms` goes by. */
export interface RuleLife {
  /** It signals on after its condition has ended, until someone acknowledges it. By default not. */
  readonly latching?: true
  /** How long after its end the rule raises no other alarm; one that holds still then begins then. By default `0s`. */
  readonly rearm?: string
  /** Rules of at least its priority whose alarms speak for this one while they last. */
  readonly suppressedBy?: readonly string[]
  /** By default as the option `notify` of `manageAlarms` says. */
  readonly notify?: readonly NotifyStep[]
}

/** The same as an alarm carries it: with the schedules that its steps name, so that it can be gone by without the set. */
export interface AlarmLife extends RuleLife {
  readonly schedules?: Readonly<Record<string, Schedule>>
}

export const LIFE_FIELDS = ['latching', 'rearm', 'suppressedBy', 'notify'] as const
