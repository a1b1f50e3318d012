/** Who is told, and when: so long after the alarm was raised, or the step before. */
export interface NotifyStep {
  /** Roles or channels, whose meaning is the alarm's operator's. */
  readonly to: readonly string[]
  readonly after?: string
  /** Not where someone has acknowledged the alarm by then. */
  readonly unless?: 'acknowledged'
  /** Only at the time of a schedule. */
  readonly during?: string
}

/** What happens once an alarm is raised. */
export interface RuleLife {
  /** The alarm stays until someone resets it, also where its condition is over. */
  readonly latching?: true
  /** How long after its end the alarm cannot be raised anew. */
  readonly rearm?: string
  /** Ids of rules whose alarms speak in place of this one, while they are raised. */
  readonly suppressedBy?: readonly string[]
  readonly notify?: readonly NotifyStep[]
}

export const LIFE_FIELDS = ['latching', 'rearm', 'suppressedBy', 'notify'] as const
