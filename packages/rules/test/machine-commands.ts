import fc from 'fast-check'
import { expect } from 'vitest'
import type { Step } from '../src/alarms/step.ts'

export interface MachineUnderTest<S, I, E, M> {
  readonly input: fc.Arbitrary<I>
  readonly state: S
  step(state: S, input: I, now: number): Step<S, E>
  /** What the machine is held against: made anew for each run, told the same, and asked what has to come of it. */
  model(): M
  expected(model: M, input: I, now: number): readonly E[]
  /** What has to hold of the state then. */
  holds?(model: M, state: S, now: number): void
}

interface Real<S> {
  state: S
  now: number
}

/**
 * Runs a machine and its model through random inputs at random times, as fast-check commands. Between any two steps the state goes
 * through a structured clone, as through a checkpoint, and is frozen.
 */
export function agreesWithModel<S, I, E, M extends object>(machine: MachineUnderTest<S, I, E, M>): void {
  class Input implements fc.Command<{ model: M; now: number }, Real<S>> {
    readonly input: I
    readonly wait: number

    constructor(input: I, wait: number) {
      this.input = input
      this.wait = wait
    }

    check(): boolean {
      return true
    }

    run(at: { model: M; now: number }, real: Real<S>): void {
      at.now += this.wait
      real.now += this.wait
      const restored = frozen(structuredClone(real.state))
      const { events, state } = machine.step(restored, this.input, real.now)
      expect(events).toEqual(machine.expected(at.model, this.input, at.now))
      machine.holds?.(at.model, state, at.now)
      real.state = state
    }

    toString(): string {
      return `+${this.wait} ${JSON.stringify(this.input)}`
    }
  }
  const command = fc.tuple(machine.input, fc.integer({ min: 0, max: 4 })).map(([input, wait]) => new Input(input, wait))
  fc.assert(
    fc.property(fc.commands([command], { size: '+1' }), (commands) => {
      fc.modelRun(
        () => ({ model: { model: machine.model(), now: 0 }, real: { state: machine.state, now: 0 } }),
        commands,
      )
    }),
    { numRuns: Number(process.env.MILLRACE_CASES ?? 2_000) / 2 },
  )
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const entry of Object.values(value)) frozen(entry)
  }
  return value
}
