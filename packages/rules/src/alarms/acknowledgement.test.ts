import fc from 'fast-check'
import { expect, it } from 'vitest'
import { agreesWithModel } from '../../test/machine-commands.ts'
import { type Acknowledgement, type AcknowledgementInput, acknowledgement } from './acknowledgement.ts'

const input: fc.Arbitrary<AcknowledgementInput> = fc.oneof(
  fc.constantFrom('a', 'b').map((actor) => ({ type: 'acknowledge' as const, actor })),
  fc.constant({ type: 'ended' as const }),
)

it('is the first who acknowledged since the alarm began', () => {
  agreesWithModel({
    input,
    state: undefined as Acknowledgement | undefined,
    step: acknowledgement,
    model: () => ({ log: [] as [AcknowledgementInput, number][] }),
    expected: ({ log }, input, now) => {
      const before = log.slice(log.findLastIndex(([{ type }]) => type === 'ended') + 1).length
      log.push([input, now])
      if (input.type === 'ended') return before > 0 ? ['forgotten'] : []
      return [before === 0 ? 'acknowledged' : 'acknowledged-again']
    },
    holds: ({ log }, state) => {
      const [first] = log.slice(log.findLastIndex(([{ type }]) => type === 'ended') + 1)
      const expected = first?.[0].type === 'acknowledge' ? { actor: first[0].actor, time: first[1] } : undefined
      expect(state).toEqual(expected)
    },
  })
})
