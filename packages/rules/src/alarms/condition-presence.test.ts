import fc from 'fast-check'
import { describe, it } from 'vitest'
import { agreesWithModel } from '../../test/machine-commands.ts'
import { type ConditionPresence, conditionPresence, type PresenceInput } from './condition-presence.ts'

const input: fc.Arbitrary<PresenceInput<number>> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(9).map((alarm) => ({ type: 'raised' as const, alarm })) },
  { weight: 3, arbitrary: fc.boolean().map((isAcknowledged) => ({ type: 'cleared' as const, isAcknowledged })) },
  fc.constant({ type: 'acknowledged' as const }),
  fc.constant({ type: 'retracted' as const }),
  { weight: 2, arbitrary: fc.constant({ type: 'tick' as const }) },
)

/** Says in three facts what the machine says in phases: whether the condition is true, which alarm is open, how long none may be. */
class Model {
  isTrue = false
  open: number | undefined
  quietUntil: number | undefined
  readonly #latching: boolean
  readonly #rearm: number

  constructor(latching: boolean, rearm: number) {
    this.#latching = latching
    this.#rearm = rearm
  }

  take(input: PresenceInput<number>, now: number) {
    switch (input.type) {
      case 'raised':
        this.isTrue = true
        if (this.quietUntil !== undefined) {
          this.held = input.alarm
          return ['held'] as const
        }
        if (this.open !== undefined) return ['recurred'] as const
        this.open = input.alarm
        return ['began'] as const
      case 'cleared': {
        const was = this.isTrue
        this.isTrue = false
        if (!was) return ['ignored'] as const
        if (this.quietUntil !== undefined) return ['released-unheard'] as const
        return this.#latching && !input.isAcknowledged ? (['latched'] as const) : this.#close(now)
      }
      case 'acknowledged':
        return this.open !== undefined && !this.isTrue ? this.#close(now) : (['ignored'] as const)
      case 'retracted': {
        const hadAny = this.open !== undefined || this.quietUntil !== undefined
        this.isTrue = false
        this.open = undefined
        this.quietUntil = undefined
        return hadAny ? (['ended'] as const) : (['ignored'] as const)
      }
      case 'tick':
        if (this.quietUntil === undefined || now < this.quietUntil) return []
        this.quietUntil = undefined
        if (!this.isTrue) return ['rearmed'] as const
        this.open = this.held
        return ['began'] as const
    }
  }

  held: number | undefined

  #close(now: number) {
    this.open = undefined
    if (this.#rearm > 0) this.quietUntil = now + this.#rearm
    return ['ended'] as const
  }
}

describe.each([
  { latching: false, rearmMs: 0 },
  { latching: true, rearmMs: 0 },
  { latching: false, rearmMs: 5 },
  { latching: true, rearmMs: 5 },
])('the presence of a condition, %o', (rule) => {
  it('goes the way of three plain facts, also when it is restored at every step', () => {
    agreesWithModel({
      input,
      state: undefined as ConditionPresence<number> | undefined,
      step: (state, input, now) => conditionPresence(rule, state, input, now),
      model: () => new Model(rule.latching, rule.rearmMs),
      expected: (model, input, now) => model.take(input, now),
      holds: (model, state) => {
        // No way through loses a condition that is true: it is open, or held until the rule is re-armed.
        const isKnown = state?.phase === 'on' || (state?.phase === 'rearming' && state.held !== undefined)
        if (isKnown !== model.isTrue) throw new Error(`true: ${model.isTrue}, known: ${isKnown}`)
        const open = state === undefined || state.phase === 'rearming' ? undefined : state.alarm
        if (open !== model.open) throw new Error(`open: ${model.open}, is ${open}`)
      },
    })
  })
})
