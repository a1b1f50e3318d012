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
 * The rule whose alarm speaks for a weaker one: a stronger one whose condition is there and which signals, or is spoken for
 * itself. A stronger alarm that nobody hears suppresses nothing, and what is stronger in a circle, as rules of two versions can
 * be, does not either: all of it would fall silent.
 */
export function suppressorOf(rule: string, speakers: Speakers): string | undefined {
  return strongerPresent(rule, speakers).find((stronger) => {
    return !speakers.isHeld(stronger) && !strongerPresent(stronger, speakers).includes(rule)
  })
}

/** Those that are there and can be reached from a rule over others that are there; the nearest first. */
function strongerPresent(rule: string, speakers: Speakers): readonly string[] {
  const found: string[] = []
  const open = [rule]
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    for (const stronger of speakers.strongerThan(next)) {
      if (found.includes(stronger) || !speakers.isPresent(stronger)) continue
      found.push(stronger)
      open.push(stronger)
    }
  }
  return found
}
