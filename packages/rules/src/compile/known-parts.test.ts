import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ruleSets2 } from '../../test/engine-arbitraries.ts'
import { applyChange, parseRuleSet, type RuleData, ruleHistory } from '../index.ts'
import { compileRuleSet } from './compile-rule-set.ts'

it('rules that are compiled with what is there of another version are as those that are compiled from nothing', () => {
  fc.assert(
    fc.property(ruleSets2, ruleSets2, fc.subarray(['r0', 'r1', 'r2'], { maxLength: 2 }), (data, other, remove) => {
      const rules = parseRuleSet(data)
      const put = other.rules.map((rule, i): RuleData => ({ ...rule, id: `r${i + 1}` }))
      const known = new Set([...rules.rules, ...put].map(({ id }) => id))
      const changes = [
        { put: { rules: put } },
        { remove: remove.filter((id) => known.has(id)) },
        { rollBack: rules.version },
      ]
      let history = ruleHistory(rules)
      let previous = { ruleSet: rules, compiled: compileRuleSet(rules, 10) }
      for (const [i, change] of changes.entries()) {
        const signature = { id: `c${i}`, at: 0, author: 'a', reason: 'b' }
        const outcome = applyChange(history, { ...signature, ...change })
        if (outcome.status !== 'accepted') continue
        history = outcome.history
        const compiled = compileRuleSet(outcome.rules, 10, previous)
        // Closures are compared by what they close over: the places of what they read.
        expect(JSON.stringify(compiled)).toBe(JSON.stringify(compileRuleSet(outcome.rules, 10)))
        expect(compiled.texts.texts).toEqual(compileRuleSet(outcome.rules, 10).texts.texts)
        previous = { ruleSet: outcome.rules, compiled }
      }
    }),
    { numRuns: 300 },
  )
})
