import type { Step } from './step.ts'

/** Whether the condition of an alarm is there; what is armed and quiet has no state at all. */
export type ConditionPresence<T> =
  | { readonly phase: 'on'; readonly alarm: T; readonly latest: T }
  | { readonly phase: 'latched'; readonly alarm: T; readonly latest: T }
  | { readonly phase: 'rearming'; readonly until: number; readonly held?: T }

export type PresenceInput<T> =
  | { readonly type: 'raised'; readonly alarm: T }
  | { readonly type: 'cleared'; readonly isAcknowledged: boolean }
  | { readonly type: 'acknowledged' }
  | { readonly type: 'retracted' }
  | { readonly type: 'tick' }

export type PresenceEvent =
  /** An alarm begins, also one that was held until its rule was re-armed. */
  | 'began'
  /** The condition is back while its alarm still goes on: the same alarm. */
  | 'recurred'
  | 'latched'
  | 'ended'
  /** Raised while its rule re-arms: it begins then, if it still holds. */
  | 'held'
  | 'released-unheard'
  | 'rearmed'
  /** Nothing new. */
  | 'ignored'

export interface PresenceRule {
  readonly latching: boolean
  readonly rearmMs: number
}

/**
 * An alarm's condition, from its beginning until its rule is ready for another.
 *
 * ```
 *             raised                    cleared (not latching, or acknowledged)
 *   (armed) ─────────► on ──────────────────────────────────────────► rearming ── re-armed ──► (armed)
 *                      ▲ │ cleared, latching                            │   ▲  │
 *               raised │ ▼                                       raised │   │  │ re-armed, and one is held
 *                     latched ── acknowledged ───────────────────►      └───┘  ▼
 *                                                                  it is held  on
 * ```
 *
 * Retracted, it is over at once and its rule is armed. A raise that is held is let go where its condition ends first.
 */
export function conditionPresence<T>(
  rule: PresenceRule,
  state: ConditionPresence<T> | undefined,
  input: PresenceInput<T>,
  now: number,
): Step<ConditionPresence<T> | undefined, PresenceEvent> {
  switch (input.type) {
    case 'raised':
      return raised(state, input.alarm)
    case 'cleared':
      return cleared(rule, state, input.isAcknowledged, now)
    case 'acknowledged':
      return state?.phase === 'latched' ? ended(rule, now) : step(state, 'ignored')
    case 'retracted':
      return state === undefined ? step(state, 'ignored') : step(undefined, 'ended')
    case 'tick':
      return tick(state, now)
  }
}

/** When a tick has something to do; Infinity where it never has. */
export function presenceDue(state: ConditionPresence<unknown> | undefined): number {
  return state?.phase === 'rearming' ? state.until : Infinity
}

function raised<T>(
  state: ConditionPresence<T> | undefined,
  alarm: T,
): Step<ConditionPresence<T> | undefined, PresenceEvent> {
  if (state === undefined) return step({ phase: 'on', alarm, latest: alarm }, 'began')
  if (state.phase === 'rearming') return step({ ...state, held: alarm }, 'held')
  return step({ phase: 'on', alarm: state.alarm, latest: alarm }, 'recurred')
}

function cleared<T>(
  rule: PresenceRule,
  state: ConditionPresence<T> | undefined,
  isAcknowledged: boolean,
  now: number,
): Step<ConditionPresence<T> | undefined, PresenceEvent> {
  if (state === undefined || state.phase === 'latched') return step(state, 'ignored')
  if (state.phase === 'rearming') {
    return state.held === undefined
      ? step(state, 'ignored')
      : step({ phase: 'rearming', until: state.until }, 'released-unheard')
  }
  return rule.latching && !isAcknowledged ? step({ ...state, phase: 'latched' }, 'latched') : ended(rule, now)
}

function tick<T>(
  state: ConditionPresence<T> | undefined,
  now: number,
): Step<ConditionPresence<T> | undefined, PresenceEvent> {
  if (state?.phase !== 'rearming' || now < state.until) return { state, events: [] }
  return state.held === undefined
    ? step(undefined, 'rearmed')
    : step({ phase: 'on', alarm: state.held, latest: state.held }, 'began')
}

function ended<T>(rule: PresenceRule, now: number): Step<ConditionPresence<T> | undefined, PresenceEvent> {
  return step(rule.rearmMs === 0 ? undefined : { phase: 'rearming', until: now + rule.rearmMs }, 'ended')
}

function step<T>(
  state: ConditionPresence<T> | undefined,
  event: PresenceEvent,
): Step<ConditionPresence<T> | undefined, PresenceEvent> {
  return { state, events: [event] }
}
