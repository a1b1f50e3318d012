import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreesWithModel } from '../../test/machine-commands.ts'
import {
  type Escalation,
  type EscalationEvent,
  type EscalationInput,
  type EscalationStep,
  escalation,
  escalationDue,
} from './escalation.ts'

/** On shift in every other stretch of eight. */
function step(afterMs: number, unlessAcknowledged: boolean, shift: 'all' | 'even' | 'odd' | 'none'): EscalationStep {
  const isOn = (time: number) =>
    shift === 'all' || (shift !== 'none' && (Math.floor(time / 8) % 2 === 0) === (shift === 'even'))
  return {
    afterMs,
    unlessAcknowledged,
    recipientsAt: (time) => (isOn(time) ? [{ role: 'r', recipient: `${afterMs}` }] : []),
  }
}

const input: fc.Arbitrary<EscalationInput> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ type: 'signal' as const, episode: 1 }) },
  fc.constant({ type: 'quiet' as const }),
  { weight: 6, arbitrary: fc.nat(3).map((n) => ({ type: 'tick' as const, isAcknowledged: n === 0 })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(2), fc.nat(3))
      .map(([step, n]) => ({ type: 'undelivered' as const, step, isAcknowledged: n === 0 })),
  },
)

/** Ticks off a list of steps, each by itself: done or not. */
class Model {
  isOn = false
  since = 0
  done: boolean[] = []
  told = 0
  fell = false
  failed = new Set<number>()
  readonly #steps: readonly EscalationStep[]

  constructor(steps: readonly EscalationStep[]) {
    this.#steps = steps
  }

  take(input: EscalationInput, now: number): EscalationEvent[] {
    if (input.type === 'quiet') {
      this.isOn = false
      return []
    }
    if (input.type === 'signal') {
      if (this.isOn) return []
      Object.assign(this, { isOn: true, since: now, done: this.#steps.map(() => false), told: 0, fell: false })
      this.failed = new Set()
      return []
    }
    if (!this.isOn) return []
    if (input.type === 'undelivered') return input.isAcknowledged ? [] : this.#replace(input.step, now)
    const events: EscalationEvent[] = []
    for (const [i, step] of this.#steps.entries()) {
      if (this.done[i] || now < this.since + step.afterMs) continue
      this.done[i] = true
      const recipients = step.recipientsAt(now)
      if (input.isAcknowledged && step.unlessAcknowledged)
        events.push({ type: 'passed', step: i, because: 'acknowledged' })
      else if (recipients.length === 0) events.push({ type: 'passed', step: i, because: 'shift' })
      else {
        this.told += 1
        events.push({ type: 'told', step: i, recipients, because: i === 0 ? 'raised' : 'escalated' })
      }
    }
    const hope = this.#steps.some((step, i) => !this.done[i] && step.recipientsAt(this.since + step.afterMs).length > 0)
    if (!input.isAcknowledged && this.told === 0 && !this.fell && !hope) events.push(this.#fall('shift'))
    return events
  }

  #replace(failed: number, now: number): EscalationEvent[] {
    if (this.failed.has(failed)) return []
    this.failed.add(failed)
    const open = this.#steps.map((_, i) => i).filter((i) => !this.done[i])
    const found = open.find((i) => (this.#steps[i] as EscalationStep).recipientsAt(now).length > 0)
    if (found === undefined) return this.fell ? [] : [this.#fall('undelivered')]
    this.told += 1
    return open
      .filter((i) => i <= found)
      .map((i): EscalationEvent => {
        this.done[i] = true
        return i < found
          ? { type: 'passed', step: i, because: 'shift' }
          : {
              type: 'told',
              step: i,
              recipients: (this.#steps[i] as EscalationStep).recipientsAt(now),
              because: 'undelivered',
            }
      })
  }

  #fall(because: 'shift' | 'undelivered'): EscalationEvent {
    this.fell = true
    this.told += 1
    return { type: 'fell-back', because }
  }
}

describe.each([
  ['at once, and twice more', [step(0, false, 'all'), step(3, true, 'all'), step(9, false, 'all')]],
  ['by shifts', [step(0, false, 'even'), step(3, true, 'odd'), step(3, true, 'even')]],
  ['when nobody is ever there', [step(0, true, 'none'), step(5, false, 'none')]],
  ['after a while only', [step(4, true, 'odd'), step(20, true, 'even')]],
] as const)('escalation, %s', (_, steps) => {
  it('tells whom a list of steps tells that is ticked off, also when it is restored at every step', () => {
    agreesWithModel({
      input,
      state: undefined as Escalation | undefined,
      step: (state, input, now) => escalation(steps, state, input, now),
      model: () => new Model(steps),
      expected: (model, input, now) => model.take(input, now),
      holds: (model, state) => {
        const next = model.isOn ? model.done.indexOf(false) : -1
        expect(escalationDue(steps, state)).toBe(
          next < 0 ? Infinity : model.since + (steps[next] as EscalationStep).afterMs,
        )
      },
    })
  })

  it('leaves nobody untold: a signal that goes on, unacknowledged, is told to someone by its last step at the latest', () => {
    fc.assert(
      fc.property(fc.nat(40), (start) => {
        let state = escalation(steps, undefined, { type: 'signal', episode: 1 }, start).state
        let told = 0
        for (let now = start; now <= start + 20; now++) {
          const result = escalation(steps, state, { type: 'tick', isAcknowledged: false }, now)
          told += result.events.filter(({ type }) => type !== 'passed').length
          state = result.state
        }
        expect(told).toBeGreaterThan(0)
      }),
    )
  })
})
