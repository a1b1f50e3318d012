import type { Step } from './step.ts'

/** When the next reminder is due, Infinity while the signal is heard, and how many there were. */
export interface Reminder {
  readonly next: number
  readonly count: number
}

export type ReminderInput = { readonly type: 'quiet' | 'heard' | 'tick' }
export type ReminderEvent = { readonly type: 'remind'; readonly count: number }

/**
 * Reminds, again and again, of an alarm whose condition holds while its signal is acknowledged or paused.
 *
 * ```
 *             quiet                        `everyMs` have passed: remind
 *   (heard) ──────────► waiting until next ──┐
 *      ▲                    │          ▲     │
 *      └────── heard ───────┘          └─────┘
 * ```
 */
export function reminder(
  everyMs: number,
  state: Reminder | undefined,
  input: ReminderInput,
  now: number,
): Step<Reminder | undefined, ReminderEvent> {
  switch (input.type) {
    case 'heard':
      // The count goes on: it is part of each reminder's key.
      return { state: state === undefined ? undefined : { ...state, next: Infinity }, events: [] }
    case 'quiet': {
      const isWaiting = state !== undefined && state.next < Infinity
      return { state: isWaiting ? state : { next: now + everyMs, count: state?.count ?? 0 }, events: [] }
    }
    case 'tick': {
      if (state === undefined || state.next > now) return { state, events: [] }
      const count = state.count + 1
      return { state: { next: now + everyMs, count }, events: [{ type: 'remind', count }] }
    }
  }
}
