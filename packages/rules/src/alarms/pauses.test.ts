import fc from 'fast-check'
import { expect, it } from 'vitest'
import { agreesWithModel } from '../../test/machine-commands.ts'
import { type Pause, type PauseEvent, type PauseInput, pauseOf, pauses, pausesDue } from './pauses.ts'

const rule = fc.constantFrom('a', 'b', null)
const start = fc
  .record({
    kind: fc.constantFrom('pause', 'snooze', 'silence'),
    rule,
    until: fc.nat(60),
    actor: fc.constantFrom('x', 'y'),
  })
  .map((pause): PauseInput => ({ type: 'start', pause: { ...(pause as Pause), since: 0, reason: 'r' } }))
const input: fc.Arbitrary<PauseInput> = fc.oneof(
  { weight: 3, arbitrary: start },
  rule.map((rule) => ({ type: 'resume' as const, rule, actor: 'z' })),
  { weight: 2, arbitrary: fc.constant({ type: 'tick' as const }) },
)

it('holds back until the end that was given last, or someone resumes', () => {
  agreesWithModel({
    input,
    state: [] as readonly Pause[],
    step: pauses,
    // By kind and rule, as a person would keep them on a board.
    model: () => ({ board: new Map<string, Pause>() }),
    expected: ({ board }, input, now): PauseEvent[] => {
      if (input.type === 'start') {
        const { pause } = input
        const name = `${pause.kind} ${pause.rule}`
        const replaces = board.get(name)
        board.delete(name)
        board.set(name, pause)
        return [{ type: 'started', pause, ...(replaces && { replaces }) }]
      }
      const gone = [...board].filter(([, pause]) =>
        input.type === 'tick' ? pause.until <= now : input.rule === null || input.rule === pause.rule,
      )
      for (const [name] of gone) board.delete(name)
      return gone.map(([, pause]) =>
        input.type === 'tick' ? { type: 'expired', pause } : { type: 'resumed', pause, actor: input.actor },
      )
    },
    holds: ({ board }, state) => {
      const held = [...board.values()]
      expect(pausesDue(state)).toBe(Math.min(...held.map(({ until }) => until)))
      for (const rule of ['a', 'b']) {
        for (const priority of ['high', 'low'] as const) {
          const these = held.filter(
            (pause) => (pause.rule ?? rule) === rule && !(pause.kind === 'snooze' && priority === 'high'),
          )
          const until = these.length === 0 ? undefined : Math.max(...these.map((pause) => pause.until))
          expect(pauseOf(state, rule, priority)?.until).toBe(until)
        }
      }
    },
  })
})
