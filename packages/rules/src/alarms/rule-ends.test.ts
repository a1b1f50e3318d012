import { expect, it } from 'vitest'
import { type AlarmEvent, compileRules, parseRules, type RuleChange } from '../index.ts'
import { lifePolicy } from './life-policy.ts'
import type { PatientLife } from './life-state.ts'
import { patientLife } from './patient-life.ts'

/** The facts and records of a patient's alarms, of which `rule` is removed while it is raised. */
function lifeOf(rule: string): { facts: object[]; records: object[]; rest: PatientLife | undefined } {
  const rules = parseRules(`alarm low\n  when spo2 < 88 %\n  priority high\n${rule}`)
  const ward = compileRules(rules)
  const change: RuleChange = { id: 'c1', at: 1_000, author: 'eng-7', reason: 'too many', remove: ['low'] }
  const raised = ward.feed({ patientId: 'p1', time: 0, spo2: 80 })
  const ended = ward.change(change, 1_000).events
  const policy = lifePolicy(rules, {})
  const facts: object[] = []
  const records: object[] = []
  let rest: PatientLife | undefined
  for (const [now, events] of [
    [0, raised],
    [1_000, ended],
  ] as const) {
    for (const event of events as readonly AlarmEvent[]) {
      const { state, events: told } = patientLife(policy, 'p1', rest, { type: 'event', event }, now)
      rest = state
      for (const one of told) {
        if (one.type === 'fact') facts.push(one.fact)
        if (one.type === 'record') records.push(one.record)
      }
    }
  }
  return { facts, records, rest }
}

it('an alarm whose rule is removed is over, and its audit says by which change', () => {
  const { facts, records, rest } = lifeOf('')
  expect(facts.at(-1)).toMatchObject({ type: 'ended', rule: 'low', why: { change: { id: 'c1', rule: 'removed' } } })
  expect(records.at(-1)).toMatchObject({ status: 'completed', presence: false, ended: 1_000 })
  expect(rest?.alarms ?? {}).toEqual({})
})

it('one that latches signals on until someone has seen it', () => {
  const { facts, records } = lifeOf('  latching\n')
  expect(facts.at(-1)).toMatchObject({ type: 'latched', why: { change: { id: 'c1', rule: 'removed' } } })
  expect(records.at(-1)).toMatchObject({ status: 'in-progress', signal: { activation: 'on', presence: 'latched' } })
})
