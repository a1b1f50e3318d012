import type { Step } from './step.ts'

export type SuppressionEvent =
  | { readonly type: 'suppressed'; readonly by: string }
  | { readonly type: 'released'; readonly from: string }

/**
 * Whether a stronger alarm speaks for this one. Released while its own condition holds, it signals.
 *
 * ```
 *            a stronger alarm speaks
 *   (free) ──────────────────────────► suppressed by it ──┐ another speaks: suppressed by that
 *      ▲                                   │          ▲   │
 *      └──── none speaks any more ─────────┘          └───┘
 * ```
 */
export function suppression(
  state: string | undefined,
  suppressor: string | undefined,
): Step<string | undefined, SuppressionEvent> {
  if (state === suppressor) return { state, events: [] }
  if (suppressor !== undefined) return { state: suppressor, events: [{ type: 'suppressed', by: suppressor }] }
  return { state: undefined, events: [{ type: 'released', from: state as string }] }
}

/** What suppression goes by, of one patient. */
export interface Speakers {
  strongerThan(rule: string): readonly string[]
  /** Whether the rule's condition is there. */
  isPresent(rule: string): boolean
  /** Whether something keeps its alarm from signalling: a pause, say. It then speaks for nobody. */
  isHeld(rule: string): boolean
}

/**
 * The rule whose alarm speaks for a weaker one: the first of its stronger ones whose condition is there and which signals, or
 * is spoken for itself. A stronger alarm that nobody hears suppresses nothing.
 */
export function suppressorOf(rule: string, speakers: Speakers): string | undefined {
  for (const stronger of speakers.strongerThan(rule)) {
    if (!speakers.isPresent(stronger)) continue
    if (!speakers.isHeld(stronger)) return stronger
    const behind = suppressorOf(stronger, speakers)
    if (behind !== undefined) return behind
  }
  return undefined
}
