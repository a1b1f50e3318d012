import { describe, expect, it } from 'vitest'
import { brief, Driver } from '../../test/driver.ts'
import { type CompiledRuleSet, compileRuleSet } from '../compile/compile-rule-set.ts'
import { evaluateRules, rule, ruleSet } from '../index.ts'
import { evaluateCompiled } from './evaluate-rules.ts'
import { HEADER_LENGTH } from './patient-state.ts'

const rules = ruleSet([
  rule('a')
    .when((v) => v.spo2.below('88 %'))
    .priority('high')
    .because('a'),
  rule('b').when((v) => v.spo2.below('90 %')),
])

/** Rules the first of which throws where `isBroken` says so, as a defect of ours would. */
function broken(isBroken: (value: number) => boolean): CompiledRuleSet {
  const compiled = compileRuleSet(rules, HEADER_LENGTH)
  const [first, ...others] = compiled.rules
  if (first === undefined) throw new Error('there is a first rule')
  const offset = first.offsets[0] as number
  const raise: typeof first.raise = {
    ...first.raise,
    holds: (view, at) => {
      const value = view.vitals[offset + 1] as number
      if (isBroken(value)) throw new Error(`the value is ${value}`)
      return first.raise.holds(view, at)
    },
  }
  return { ...compiled, rules: [{ ...first, raise }, ...others] }
}

describe('an error inside a rule', () => {
  it('is over when the rule is removed, as its alarm is, and stays when another rule is', () => {
    for (const [remove, rest] of [
      [['a'], ['a cleared 3', 'a cleared 3']],
      [['b'], ['b cleared 3']],
    ] as const) {
      const driver = new Driver(() =>
        evaluateCompiled(
          rules,
          broken((value) => value === 85),
        ),
      )
      for (const [i, spo2] of [80, 95, 85].entries()) driver.read({ patientId: 'p1', time: i, spo2 })
      driver.read({ patientId: 'p2', time: 2, spo2: 80 })
      const before = driver.events.length
      driver.change({ id: 'c1', at: 3, author: 'eng-7', reason: 'it fails', remove })
      const ends = driver.events.slice(before)
      expect(
        brief(ends)
          .filter((one) => one.endsWith('cleared 3'))
          .toSorted(),
      ).toEqual([...rest, ...(remove[0] === 'b' ? ['b cleared 3'] : [])].toSorted())
      for (const { id } of ends)
        expect(driver.events.filter((event) => event.id === id && event.event === 'raised')).toHaveLength(1)
    }
  })

  it('raises a technical alarm for that rule, once, stops no other, and names no value', () => {
    const driver = new Driver(() =>
      evaluateCompiled(
        rules,
        broken((value) => value === 85),
      ),
    )
    const values = [95, 85, null, 85, 80, 95]
    for (const [time, spo2] of values.entries()) {
      driver.read({ patientId: 'p1', time, spo2 })
      driver.restore()
    }
    expect(brief(driver.events)).toEqual([
      'a raised 1',
      'b raised 1',
      'a cleared 2',
      'a raised 3',
      'a cleared 4',
      'a raised 4',
      'a cleared 5',
      'b cleared 5',
    ])
    expect(driver.events[0]).toMatchObject({
      priority: 'high',
      why: { kind: 'technical', because: 'a', condition: 'spo2 < 88 %', values: [], error: 'RULES_EVALUATION_FAILED' },
    })
    expect(JSON.stringify(driver.events[0])).not.toContain('the value is')
    expect(driver.events.filter(({ why }) => why.error !== undefined).map(({ time }) => time)).toEqual([1, 2, 3, 4])
    expect(driver.counters.get('ruleErrors')).toBe(2)
  })
})

describe('state', () => {
  it('of other rules is refused', () => {
    let current = rules
    const driver = new Driver(() => evaluateRules(current))
    driver.read({ patientId: 'p1', time: 0, spo2: 97 })
    current = ruleSet([rule('a').when((v) => v.spo2.below('89 %'))])
    driver.restore()
    expect(() => driver.read({ patientId: 'p1', time: 1, spo2: 97 })).toThrow(
      expect.objectContaining({ code: 'RULES_STATE_OF_OTHER_RULES' }),
    )
    expect(() => driver.read({ patientId: 'p2', time: 1, spo2: 97 })).not.toThrow()
  })

  it('of one patient says nothing of another', () => {
    const driver = new Driver(() => evaluateRules(rules))
    driver.read({ patientId: 'p1', time: 0, spo2: 80 })
    driver.read({ patientId: 'p2', time: 0, spo2: 89 })
    expect(driver.events.map(({ patientId, rule }) => `${patientId} ${rule}`)).toEqual(['p1 a', 'p1 b', 'p2 b'])
  })
})

describe('a rule set without rules, and options', () => {
  it('raises nothing', () => {
    const driver = new Driver(() => evaluateRules(ruleSet([])))
    driver.read({ patientId: 'p1', time: 0, spo2: 1 })
    expect(driver.events).toEqual([])
  })

  it('that are no durations are refused', () => {
    expect(() => evaluateRules(rules, { maxAhead: 'soon' as '1s' })).toThrow(
      expect.objectContaining({ code: 'RULES_OPTION_INVALID' }),
    )
  })
})
