import fc from 'fast-check'
import { expect, it } from 'vitest'
import { agreesWithModel } from '../../test/machine-commands.ts'
import { type LateInput, lateArrival } from './late-arrival.ts'

const input: fc.Arbitrary<LateInput> = fc.oneof(
  fc.integer({ min: -10, max: 40 }).map((time) => ({ type: 'raised' as const, time })),
  fc.constant({ type: 'tick' as const }),
)

it('holds what is older than the bound, for its time and no longer', () => {
  agreesWithModel({
    input,
    state: undefined as number | undefined,
    step: (state, input, now) => lateArrival({ afterMs: 5, heldMs: 3 }, state, input, now),
    model: () => ({ heldSince: undefined as number | undefined }),
    expected: (model, input, now) => {
      if (input.type === 'raised') {
        if (model.heldSince !== undefined || now <= input.time + 5) return []
        model.heldSince = now
        return ['held']
      }
      if (model.heldSince === undefined || now - model.heldSince < 3) return []
      model.heldSince = undefined
      return ['due']
    },
    holds: ({ heldSince }, state) => expect(state).toBe(heldSince === undefined ? undefined : heldSince + 3),
  })
})
