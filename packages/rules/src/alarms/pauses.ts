import type { Priority } from '../schema/rule-data.ts'
import type { Step } from './step.ts'

/**
 * `pause`: no signal of any priority (IEC's "alarm paused"). `snooze`: the same, and an alarm of high priority breaks through.
 * `silence`: no signal of one rule, for longer (IEC's "alarm off", which here has an end too).
 */
export type PauseKind = 'pause' | 'snooze' | 'silence'

/** Signals held back for a time, with who did it and why. Conditions are watched and recorded all the same. */
export interface Pause {
  readonly kind: PauseKind
  /** Null: of all the patient's rules. A silence always names one. */
  readonly rule: string | null
  readonly since: number
  readonly until: number
  readonly actor: string
  readonly reason: string
}

export type PauseInput =
  | { readonly type: 'start'; readonly pause: Pause }
  /** Ends those of a rule, or, with null, all of them. */
  | { readonly type: 'resume'; readonly rule: string | null; readonly actor: string }
  | { readonly type: 'tick' }

export type PauseEvent =
  | { readonly type: 'started'; readonly pause: Pause; readonly replaces?: Pause }
  | { readonly type: 'expired'; readonly pause: Pause }
  | { readonly type: 'resumed'; readonly pause: Pause; readonly actor: string }

/**
 * A patient's pauses. There is at most one of a kind and rule: a new one takes the place of the old.
 *
 * ```
 *             start                              start: another end
 *   (none) ────────────► held until `until` ──┐
 *      ▲                    │    │       ▲    │
 *      ├───── resume ───────┘    │       └────┘
 *      └───── `until` ───────────┘
 * ```
 */
export function pauses(state: readonly Pause[], input: PauseInput, now: number): Step<readonly Pause[], PauseEvent> {
  switch (input.type) {
    case 'start': {
      const { pause } = input
      const replaces = state.find((held) => held.kind === pause.kind && held.rule === pause.rule)
      const others = state.filter((held) => held !== replaces)
      return {
        state: [...others, pause],
        events: [{ type: 'started', pause, ...(replaces === undefined ? {} : { replaces }) }],
      }
    }
    case 'resume': {
      const { rule, actor } = input
      return without(
        state,
        (pause) => rule === null || pause.rule === rule,
        (pause) => ({ type: 'resumed', pause, actor }),
      )
    }
    case 'tick':
      return without(
        state,
        (pause) => pause.until <= now,
        (pause) => ({ type: 'expired', pause }),
      )
  }
}

/** When the next pause ends; Infinity where there is none. */
export function pausesDue(state: readonly Pause[]): number {
  return state.reduce((due, { until }) => Math.min(due, until), Infinity)
}

/** The pause that holds back an alarm's signals, of several the one that ends last. */
export function pauseOf(state: readonly Pause[], rule: string, priority: Priority): Pause | undefined {
  let last: Pause | undefined
  for (const pause of state) {
    if (pause.rule !== null && pause.rule !== rule) continue
    if (pause.kind === 'snooze' && priority === 'high') continue
    if (last === undefined || pause.until > last.until) last = pause
  }
  return last
}

function without(
  state: readonly Pause[],
  isOver: (pause: Pause) => boolean,
  told: (pause: Pause) => PauseEvent,
): Step<readonly Pause[], PauseEvent> {
  const over = state.filter(isOver)
  if (over.length === 0) return { state, events: [] }
  return { state: state.filter((pause) => !isOver(pause)), events: over.map(told) }
}
