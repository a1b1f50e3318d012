import fc from 'fast-check'
import { expect, it } from 'vitest'
import { agreesWithModel } from '../../test/machine-commands.ts'
import { type GateEvent, type GateInput, gateDue, type NoticeGate, noticeGate } from './notice-gate.ts'

const rule = { most: 2, withinMs: 7 }
const input: fc.Arbitrary<GateInput<number>> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(99), fc.nat(4))
      .map(([notice, n]) => ({ type: 'notice' as const, notice, isUrgent: n === 0 })),
  },
  { weight: 2, arbitrary: fc.constant({ type: 'tick' as const }) },
)

/** Keeps the whole log of what went out, and counts in it. */
class Model {
  readonly out: number[] = []
  waiting: number[] = []
  readonly given: number[] = []
  readonly passed: number[] = []

  take(input: GateInput<number>, now: number): GateEvent<number>[] {
    const isFree = this.out.filter((time) => now - time < rule.withinMs).length < rule.most
    if (input.type === 'notice') {
      this.given.push(input.notice)
      if (!input.isUrgent && (this.waiting.length > 0 || !isFree)) {
        this.waiting.push(input.notice)
        return [{ type: 'held', notice: input.notice }]
      }
      this.out.push(now)
      this.passed.push(input.notice)
      return [{ type: 'through', notice: input.notice }]
    }
    if (this.waiting.length === 0 || !isFree) return []
    const notices = this.waiting
    this.waiting = []
    this.out.push(now)
    this.passed.push(...notices)
    return notices.length === 1 ? [{ type: 'through', notice: notices[0] as number }] : [{ type: 'grouped', notices }]
  }
}

it('lets through what a look at the whole log lets through, and loses nothing', () => {
  agreesWithModel({
    input,
    state: undefined as NoticeGate<number> | undefined,
    step: (state, input, now) => noticeGate(rule, state, input, now),
    model: () => new Model(),
    expected: (model, input, now) => model.take(input, now),
    holds: (model, state, now) => {
      expect(state?.held ?? []).toEqual(model.waiting)
      expect([...model.passed, ...model.waiting].sort()).toEqual([...model.given].sort())
      // What waits is due within the time of the rate.
      if (model.waiting.length > 0) expect(gateDue(rule, state)).toBeLessThanOrEqual(now + rule.withinMs)
      if (state === undefined) expect(gateDue(rule, state)).toBe(Infinity)
      expect(state?.sent.length ?? 0).toBeLessThanOrEqual(rule.most)
    },
  })
})
