import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareKeys } from '../src/elements/key.ts'
import { keyedBroadcastProcess } from '../src/functions/broadcast-process-function.ts'
import { keyedBroadcastProcessOperator } from '../src/operators/basic/keyed-broadcast-process.ts'
import { aggregatingState, broadcastState, reducingState } from '../src/state/descriptors.ts'
import { operatorHarness } from '../src/testing/operator-harness.ts'
import { propertyRuns } from './property-runs.ts'

// What this family catches: a key that reads rules of another time or in another order; what applyToKeys leaves out, doubles or does in
// another order; what a restore, anywhere, loses of either side; wrong folds. What it cannot: more than one subtask.

interface Reading {
  readonly key: string | number
  readonly n: number
}

type Change = { readonly put: string; readonly n: number } | { readonly remove: string } | { readonly reset: number }

const keys = ['b', 'a', 7, -1, 'c'] as const
const texts = { create: () => '', add: (held: string, n: number) => `${held}${n}`, result: (held: string) => held }

const operator = keyedBroadcastProcessOperator(
  keyedBroadcastProcess<Reading, Change, unknown, string | number>()({
    state: { total: reducingState((a: number, b: number) => a + b), text: aggregatingState(texts) },
    broadcastState: { rules: broadcastState<string, number>() },
    processRecord({ n }, ctx) {
      ctx.state.total.add(n)
      ctx.state.text.add(n)
      ctx.emit([ctx.key, ctx.state.total.get(), ctx.state.text.get(), [...ctx.broadcastState.rules.entries()]])
    },
    processBroadcastRecord(change, ctx) {
      if ('put' in change) ctx.broadcastState.rules.put(change.put, change.n)
      else if ('remove' in change) ctx.broadcastState.rules.remove(change.remove)
      else
        ctx.applyToKeys('total', (key, total) => {
          ctx.emit([key, total.get()])
          if ((total.get() ?? 0) > change.reset) total.clear()
          else total.add(100)
        })
    },
  }),
)

const name = fc.constantFrom('x', 'y', 'z')
const n = fc.integer({ min: 0, max: 9 })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ key: fc.constantFrom(...keys), n }) },
  { weight: 2, arbitrary: fc.record({ put: name, n }) },
  { weight: 1, arbitrary: fc.record({ remove: name }) },
  { weight: 1, arbitrary: fc.record({ reset: n }) },
  { weight: 2, arbitrary: fc.constant('restore' as const) },
)

it('agrees with a map of rules beside a map of keys, restored anywhere', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
      const harness = operatorHarness(operator, { keyBy: (r) => r.key })
      let rules: [string, number][] = []
      const totals = new Map<string | number, number>()
      const written = new Map<string | number, string>()
      const expected: unknown[] = []
      for (const taken of steps) {
        if (taken === 'restore') harness.restart()
        else if ('key' in taken) {
          totals.set(taken.key, (totals.get(taken.key) ?? 0) + taken.n)
          written.set(taken.key, `${written.get(taken.key) ?? ''}${taken.n}`)
          expected.push([taken.key, totals.get(taken.key), written.get(taken.key), rules])
          harness.process(taken, 0)
        } else {
          if ('put' in taken) {
            const isNew = rules.every(([rule]) => rule !== taken.put)
            rules = isNew
              ? [...rules, [taken.put, taken.n]]
              : rules.map(([rule, held]) => [rule, rule === taken.put ? taken.n : held])
          } else if ('remove' in taken) rules = rules.filter(([rule]) => rule !== taken.remove)
          else {
            for (const [key, total] of [...totals].sort(([a], [b]) => compareKeys(a, b))) {
              expected.push([key, total])
              if (total > taken.reset) totals.delete(key)
              else totals.set(key, total + 100)
            }
          }
          harness.processSecond(taken, 0)
        }
      }
      expect(harness.output().map(({ value }) => value)).toEqual(expected)
    }),
    { numRuns: propertyRuns() },
  )
})
