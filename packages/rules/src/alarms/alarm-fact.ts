import type { AlarmAction } from './alarm-action.ts'
import type { Why } from './alarm-event.ts'
import type { NoticeCause } from './alarm-notice.ts'
import type { Pause, PauseKind } from './pauses.ts'

/** An alarm in a fact: its id, its rule, and the version of the rules that raised it. */
interface About {
  readonly alarm: string
  readonly rule: string
  readonly ruleVersion: string
}

/**
 * One thing that happened to a patient's alarms, as the audit has it. Inputs (`why`, with values), actors and reasons stand
 * here on purpose: the audit is the record of what was done and on what grounds. Guard it like the chart.
 */
export type AlarmFact =
  | (About & {
      readonly type: 'raised'
      readonly time: number
      readonly priority: string
      readonly why: Why
      readonly ward?: string
    })
  | (About & { readonly type: 'recurred' | 'held-until-rearmed'; readonly time: number; readonly why: Why })
  | (About & {
      readonly type: 'latched' | 'ended' | 'released-unheard'
      readonly time: number
      readonly why?: Why
    })
  | (About & { readonly type: 'ignored'; readonly event: string; readonly time: number; readonly why: Why })
  | (About & { readonly type: 'annotated' | 'retracted'; readonly time: number; readonly why: Why })
  | { readonly type: 'rearmed'; readonly rule: string }
  | (About & { readonly type: 'late'; readonly until: number })
  | (About & { readonly type: 'signals' | 'quiet' | 'no-longer-late' })
  | (About & { readonly type: 'suppressed' | 'released'; readonly by: string })
  | (About & {
      readonly type: 'acknowledged' | 'acknowledged-again'
      readonly actor: string
      readonly reason?: string
    })
  | { readonly type: PauseKind; readonly pause: Pause; readonly replaces?: Pause }
  | { readonly type: 'pause-expired'; readonly pause: Pause }
  | { readonly type: 'pause-resumed'; readonly pause: Pause; readonly actor: string; readonly reason?: string }
  | { readonly type: 'resume-of-nothing'; readonly rule: string | null; readonly actor: string }
  | {
      readonly type: 'assigned'
      readonly role: string
      readonly recipients: readonly string[]
      readonly until: number
      readonly actor: string
    }
  | { readonly type: 'assignment-expired'; readonly role: string }
  | (About & { readonly type: 'step-passed'; readonly step: number; readonly because: 'acknowledged' | 'shift' })
  | (About & {
      readonly type: 'notice' | 'notice-held'
      readonly notice: string
      readonly recipient: string
      readonly cause: NoticeCause
    })
  | {
      readonly type: 'notices-grouped'
      readonly notice: string
      readonly recipient: string
      readonly members: readonly string[]
    }
  | {
      readonly type: 'delivered' | 'undelivered'
      readonly notice: string
      readonly recipient: string
      readonly actor: string
      readonly code?: string
    }
  | {
      readonly type: 'action-rejected'
      readonly action: AlarmAction['action'] | null
      readonly code: string
      /** Where it is a text of a length that an actor's can have. */
      readonly actor?: string
    }
