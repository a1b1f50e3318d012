import type { Duration } from '../expression/duration.ts'
import type { NotifyStep } from '../schema/rule-life.ts'

/** Who has a role, and when. */
export interface RoleHolders {
  /** Ids of recipients: up to 100 visible ASCII characters. No names, no addresses: a sink looks those up. */
  readonly recipients: readonly string[]
  /** A schedule of the rule set: their shift, in the time zone of the patient's ward. By default always. */
  readonly during?: string
}

/** How alarms are told, held back and limited, beyond what each rule says for itself. */
export interface AlarmLifeOptions {
  /** For rules without a `notify` of their own. Default: at once to the role `ward`. */
  readonly notify?: readonly NotifyStep[]
  /** By role. A role that is not named here is itself the recipient. Schedules hold in the time zone of the patient's ward. */
  readonly roles?: Readonly<Record<string, readonly RoleHolders[]>>
  /** Who is told where nobody else would be: none on shift, or nothing delivered. Default: the recipient `fallback`. */
  readonly fallback?: readonly string[]
  /** What a notice says; see `AlarmNotice.text`. Default `{priority}: {because}`. */
  readonly text?: string
  /** How long a pause may last, from when it is taken up. Default 10 m. */
  readonly longestPause?: Duration
  /** Default 1 h. */
  readonly longestSnooze?: Duration
  /** Default 12 h. */
  readonly longestSilence?: Duration
  /** How long a role may be assigned for one patient. Default 24 h. */
  readonly longestAssignment?: Duration
  /** An alarm of which news come later than this is held for `lateHeld` before anyone is told. Default 5 m. */
  readonly lateAfter?: Duration
  /** Default 1 m. */
  readonly lateHeld?: Duration
  /** How often the first of those told are reminded of an alarm that is acknowledged or held by a pause while it lasts. Default never. */
  readonly remindEvery?: Duration
  /** How many notices one recipient gets of one patient; what is beyond goes out as one. High priority never waits. Default 5 in 1 m. */
  readonly rate?: NoticeRate
}

export interface NoticeRate {
  /** 1 to 1,000. */
  readonly most: number
  /** Above zero. */
  readonly within: Duration
}
