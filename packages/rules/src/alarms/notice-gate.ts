import type { Step } from './step.ts'

/** At most so many notices within so long. */
export interface GateRule {
  readonly most: number
  readonly withinMs: number
}

/** What went through within the last while, and what waits for a place. */
export interface NoticeGate<N> {
  readonly sent: readonly number[]
  readonly held: readonly N[]
}

export type GateInput<N> =
  | { readonly type: 'notice'; readonly notice: N; readonly isUrgent: boolean }
  | { readonly type: 'tick' }

export type GateEvent<N> =
  | { readonly type: 'through'; readonly notice: N }
  | { readonly type: 'held'; readonly notice: N }
  /** All that waited, as one; two or more. */
  | { readonly type: 'grouped'; readonly notices: readonly N[] }

/**
 * Keeps a storm from burying its recipient: what is beyond the rate waits, and goes out as one. What is urgent never waits and
 * is never left out; it takes its place in the rate like any other.
 *
 * ```
 *            notice, a place is free: through              notice, none is free: held
 *   (open) ──┐                        (open) ─────────────────────────────────────────► waiting ──┐ notice: held
 *      ▲     │                           ▲                                                │    ▲  │ urgent: through
 *      └─────┘                           └──── a place is free: all that waits, as one ───┘    └──┘
 * ```
 */
export function noticeGate<N>(
  rule: GateRule,
  state: NoticeGate<N> | undefined,
  input: GateInput<N>,
  now: number,
): Step<NoticeGate<N> | undefined, GateEvent<N>> {
  const sent = (state?.sent ?? []).filter((time) => time > now - rule.withinMs)
  const held = state?.held ?? []
  if (input.type === 'notice') {
    const { notice } = input
    const hasPlace = held.length === 0 && sent.length < rule.most
    return input.isUrgent || hasPlace
      ? { state: { sent: [...sent, now].slice(-rule.most), held }, events: [{ type: 'through', notice }] }
      : { state: { sent, held: [...held, notice] }, events: [{ type: 'held', notice }] }
  }
  if (held.length === 0) return { state: sent.length === 0 ? undefined : { sent, held }, events: [] }
  if (sent.length >= rule.most) return { state: { sent, held }, events: [] }
  const event: GateEvent<N> =
    held.length === 1 ? { type: 'through', notice: held[0] as N } : { type: 'grouped', notices: held }
  return { state: { sent: [...sent, now], held: [] }, events: [event] }
}

/** When a tick lets something through, or frees the gate; Infinity where there is nothing. */
export function gateDue(rule: GateRule, state: NoticeGate<unknown> | undefined): number {
  if (state === undefined) return Infinity
  const [oldest = -Infinity] = state.sent
  const newest = state.sent.at(-1) ?? -Infinity
  return (state.held.length > 0 ? oldest : newest) + rule.withinMs
}
