import type { Step } from './step.ts'

/** Who has taken note of an alarm, and when, by the job's clock. */
export interface Acknowledgement {
  readonly actor: string
  readonly time: number
}

export type AcknowledgementInput =
  | { readonly type: 'acknowledge'; readonly actor: string }
  /** The alarm is over. */
  | { readonly type: 'ended' }

export type AcknowledgementEvent = 'acknowledged' | 'acknowledged-again' | 'forgotten'

/**
 * Whether someone has taken note. It lasts as long as its alarm: the next alarm of the rule is another, which nobody has seen.
 *
 * ```
 *              acknowledge               acknowledge: audited, the first stays
 *   (nobody) ─────────────► acknowledged ──┐
 *       ▲                      │  ▲        │
 *       └──────── ended ───────┘  └────────┘
 * ```
 */
export function acknowledgement(
  state: Acknowledgement | undefined,
  input: AcknowledgementInput,
  now: number,
): Step<Acknowledgement | undefined, AcknowledgementEvent> {
  if (input.type === 'ended') return { state: undefined, events: state === undefined ? [] : ['forgotten'] }
  if (state !== undefined) return { state, events: ['acknowledged-again'] }
  return { state: { actor: input.actor, time: now }, events: ['acknowledged'] }
}
