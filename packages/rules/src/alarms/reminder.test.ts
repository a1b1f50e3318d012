import fc from 'fast-check'
import { expect, it } from 'vitest'
import { agreesWithModel } from '../../test/machine-commands.ts'
import { type Reminder, type ReminderEvent, type ReminderInput, reminder } from './reminder.ts'

it('reminds while it is quiet, no sooner than its time after the last, and never twice by one number', () => {
  agreesWithModel({
    input: fc.constantFrom<ReminderInput>({ type: 'quiet' }, { type: 'heard' }, { type: 'tick' }, { type: 'tick' }),
    state: undefined as Reminder | undefined,
    step: (state, input, now) => reminder(6, state, input, now),
    model: () => ({ quietSince: undefined as number | undefined, lastAt: -Infinity, said: 0 }),
    expected: (model, input, now): ReminderEvent[] => {
      if (input.type === 'heard') model.quietSince = undefined
      if (input.type === 'quiet') model.quietSince ??= now
      if (input.type !== 'tick' || model.quietSince === undefined) return []
      if (now - Math.max(model.quietSince, model.lastAt) < 6) return []
      model.lastAt = now
      model.said += 1
      return [{ type: 'remind', count: model.said }]
    },
    holds: ({ quietSince }, state) =>
      expect(state === undefined || state.next === Infinity).toBe(quietSince === undefined),
  })
})
