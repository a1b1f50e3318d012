import fc from 'fast-check'
import { expect, it } from 'vitest'
import { agreesWithModel } from '../../test/machine-commands.ts'
import { type SuppressionEvent, suppression, suppressorOf } from './suppression.ts'

it('follows who speaks, and says when that begins and ends', () => {
  agreesWithModel({
    input: fc.constantFrom('a', 'b', undefined),
    state: undefined as string | undefined,
    step: (state, by) => suppression(state, by),
    model: () => ({ last: undefined as string | undefined }),
    expected: (model, by): SuppressionEvent[] => {
      const { last } = model
      model.last = by
      if (by === last) return []
      return by === undefined ? [{ type: 'released', from: last as string }] : [{ type: 'suppressed', by }]
    },
    holds: ({ last }, state) => expect(state).toBe(last),
  })
})

it('finds a rule that speaks for another exactly where one can be reached over rules that are there', () => {
  const rules = ['a', 'b', 'c', 'd', 'e']
  // Of each rule those before it are the stronger ones: no circle.
  const graph = fc.tuple(...rules.map((_, i) => fc.subarray(rules.slice(0, i))))
  fc.assert(
    fc.property(graph, fc.subarray(rules), fc.subarray(rules), (stronger, present, held) => {
      const isPresent = (rule: string) => present.includes(rule)
      const isHeld = (rule: string) => held.includes(rule)
      const strongerThan = (rule: string) => stronger[rules.indexOf(rule)] as string[]
      for (const rule of rules) {
        // All that can be reached over present rules, round by round.
        const reached = new Set<string>()
        for (let round = 0; round < rules.length; round++) {
          for (const from of [rule, ...reached]) {
            for (const to of strongerThan(from)) if (isPresent(to)) reached.add(to)
          }
        }
        const speaking = [...reached].filter((other) => !isHeld(other))
        const found = suppressorOf(rule, { strongerThan, isPresent, isHeld })
        if (speaking.length === 0) expect(found).toBeUndefined()
        else expect(speaking).toContain(found)
      }
    }),
  )
})

it('leaves an alarm that is heard, whatever is stronger than what: also in circles', () => {
  const rules = ['a', 'b', 'c', 'd']
  const graph = fc.tuple(...rules.map(() => fc.subarray(rules)))
  fc.assert(
    fc.property(graph, fc.subarray(rules), fc.subarray(rules), (stronger, present, held) => {
      const speakers = {
        strongerThan: (rule: string) => stronger[rules.indexOf(rule)] as string[],
        isPresent: (rule: string) => present.includes(rule),
        isHeld: (rule: string) => held.includes(rule),
      }
      const free = present.filter((rule) => !held.includes(rule))
      const heard = free.filter((rule) => suppressorOf(rule, speakers) === undefined)
      expect(heard.length > 0).toBe(free.length > 0)
    }),
    { numRuns: 2_000 },
  )
})
