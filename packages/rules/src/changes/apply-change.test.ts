import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AcceptedChange,
  applyChange,
  type ChangeOutcome,
  parseRuleSet,
  parseRules,
  printRules,
  type RuleHistory,
  ruleHistory,
  rulesOf,
} from '../index.ts'
import { canonicalJson } from '../schema/canonical-json.ts'
import { sha256 } from '../schema/sha-256.ts'

const BASE = parseRules(`
limits default
  heart-rate.high 120 /min
limits patient p1
  heart-rate.high 130 /min
define warm as temperature > 38.5 Cel
alarm low
  when spo2 < 88 % for 15s
  priority high
alarm lower
  when spo2 < 90 %
  priority low
  suppressed by low
alarm fast
  when heart-rate > limit(heart-rate.high) and warm
`)

let count = 0
const signed = (): { id: string; at: number; author: string; reason: string } => {
  return { id: `c${count++}`, at: 1_000, author: 'eng-7', reason: 'trial' }
}
const accepted = (outcome: ChangeOutcome): AcceptedChange => {
  if (outcome.status === 'accepted') return outcome
  throw new Error(JSON.stringify(outcome))
}
const apply = (history: RuleHistory, change: object): AcceptedChange =>
  accepted(applyChange(history, { ...signed(), ...change }))
const codes = (history: RuleHistory, change: object): string[] => {
  const outcome = applyChange(history, { ...signed(), ...change })
  return outcome.status === 'refused' ? outcome.problems.map(({ path, code }) => `${path} ${code}`) : [outcome.status]
}

describe('a delta', () => {
  it('replaces a rule in its place, and puts a new one last', () => {
    const put = 'alarm low\n  when spo2 < 85 %\n  priority high\nalarm slow\n  when heart-rate < 40 /min'
    const { rules, differences, before, after } = apply(ruleHistory(BASE), { put })
    expect(rules.rules.map(({ id }) => id)).toEqual(['low', 'lower', 'fast', 'slow'])
    expect(rules.rules[0]?.when).toEqual({ signal: 'spo2', below: { value: 85, unit: '%' } })
    expect(differences).toEqual([
      { rule: 'low', what: 'changed' },
      { rule: 'slow', what: 'added' },
    ])
    expect([before, after]).toEqual([BASE.version, rules.version])
  })

  it('keeps the very rules that it does not name, and its version is that of the same set checked as a whole', () => {
    const { rules } = apply(ruleHistory(BASE), {
      put: { rules: [{ id: 'low', when: { signal: 'spo2', below: '80 %' } }] },
    })
    expect(rules.rules[2]).toBe(BASE.rules[2])
    expect(rules.version).toBe(parseRuleSet(JSON.parse(JSON.stringify(rules))).version)
  })

  it('removes, and is refused where another rule speaks of what would be gone', () => {
    const history = ruleHistory(BASE)
    expect(apply(history, { remove: ['lower'] }).differences).toEqual([{ rule: 'lower', what: 'removed' }])
    expect(codes(history, { remove: ['low'] })).toEqual(['rules[0].suppressedBy[0] RULES_VALUE_INVALID'])
    expect(codes(history, { removeNames: { definitions: ['warm'] } })).toEqual([
      'rules[2].when.and[1] RULES_DEFINITION_UNKNOWN',
    ])
    expect(codes(history, { remove: ['lowest'], removeNames: { schedules: ['night'] } })).toEqual([
      'removeNames.schedules[0] RULES_NAME_UNKNOWN',
      'remove[0] RULES_NAME_UNKNOWN',
    ])
  })

  it('disables and enables: what is disabled stays in the set, and whom it suppresses is heard', () => {
    const off = apply(ruleHistory(BASE), { disable: ['low'] })
    expect(off.rules.rules.map(({ id, suppressedBy }) => [id, suppressedBy])).toEqual(
      [
        ['lower', []],
        ['fast', undefined],
      ].map(([id, by]) => [id, Array.isArray(by) ? undefined : by]),
    )
    expect(off.differences).toEqual([{ rule: 'low', what: 'disabled' }])
    const still = apply(off.history, { put: 'alarm low\n  when spo2 < 80 %\n  priority high' })
    expect(still.rules.version).toBe(off.rules.version)
    const on = apply(still.history, { enable: ['low'] })
    expect(on.rules.rules[0]?.when).toEqual({ signal: 'spo2', below: { value: 80, unit: '%' } })
    expect(on.differences).toEqual([{ rule: 'low', what: 'enabled' }])
  })

  it('lets a rule be suppressed by one of a table, and be heard while the table is disabled', () => {
    const text =
      'table vitals by age\n  row 1 spo2 high\n  row 2 spo2 from 80 % normal\nalarm low\n  when spo2 < 88 %\n'
    const set = parseRules(`${text}  suppressed by vitals.1, vitals.spo2.unknown\n  priority high\n`)
    const off = apply(ruleHistory(set), { disable: ['vitals'] })
    expect(off.rules.toJSON()).toEqual(parseRules('alarm low\n  when spo2 < 88 %\n  priority high').toJSON())
    expect(apply(off.history, { enable: ['vitals'] }).after).toBe(set.version)
    expect(codes(ruleHistory(set), { remove: ['vitals'] })).toEqual([
      'rules[0].suppressedBy[0] RULES_VALUE_INVALID',
      'rules[0].suppressedBy[1] RULES_VALUE_INVALID',
    ])
  })

  it('sets a limit of a patient, and takes it away again', () => {
    const set = apply(ruleHistory(BASE), { limits: { patients: { p2: { 'heartRate.high': '140 /min' } } } })
    expect(set.rules.limits?.patients?.p2).toEqual({ 'heartRate.high': { value: 140, unit: '/min' } })
    expect(set.differences).toEqual([{ limit: 'heartRate.high', of: 'patient', who: 'p2', what: 'added' }])
    const gone = apply(set.history, { limits: { patients: { p2: { 'heartRate.high': null } } } })
    expect(gone.rules.version).toBe(BASE.version)
    expect(codes(ruleHistory(BASE), { limits: { patients: { p2: { 'heartRate.hi': '1 /min' } } } })).toEqual([
      'limits.patients.p2["heartRate.hi"] RULES_LIMIT_UNKNOWN',
    ])
  })

  it('says where a mistake stands in what was given: the path of the change, or the line of the text', () => {
    const history = ruleHistory(BASE)
    expect(codes(history, { put: { rules: [{ id: 'new', when: { signal: 'spo', below: '1 %' } }] } })).toEqual([
      'put.rules[0].when.signal RULES_SIGNAL_UNKNOWN',
    ])
    const outcome = applyChange(history, { ...signed(), put: 'alarm new\n  when heart-rate < limit(heart-rate.low)' })
    expect(outcome.status === 'refused' && outcome.problems[0]?.position).toMatchObject({ line: 2 })
  })
})

describe('a whole set', () => {
  it('takes the place of all rules, and keeps the limits of patients unless it names them', () => {
    const set = 'limits default\n  heart-rate.high 110 /min\nalarm slow\n  when heart-rate < 40 /min'
    const { rules } = apply(ruleHistory(BASE), { set })
    expect(rules.rules.map(({ id }) => id)).toEqual(['slow'])
    expect(rules.limits?.patients).toEqual(BASE.limits?.patients)
    const without = apply(ruleHistory(BASE), {
      set: { ...parseRules(set).toJSON(), limits: { default: {}, patients: {} } },
    })
    expect(without.rules.limits).toBeUndefined()
  })
})

describe('a roll back', () => {
  it('puts a version in force again, but not the limits that patients had then', () => {
    const one = apply(ruleHistory(BASE), { remove: ['fast'] })
    const two = apply(one.history, { limits: { patients: { p9: { 'heartRate.high': '99 /min' } } } })
    const back = apply(two.history, { rollBack: BASE.version })
    expect(back.rules.rules).toEqual(BASE.rules)
    expect(Object.keys(back.rules.limits?.patients ?? {})).toEqual(['p1', 'p9'])
    expect(rulesOf(back.history, BASE.version).version).toBe(BASE.version)
    expect(rulesOf(back.history, one.after).rules.map(({ id }) => id)).toEqual(['low', 'lower'])
    expect(codes(back.history, { rollBack: 'sha256:0' })).toEqual(['rollBack RULES_VERSION_UNKNOWN'])
  })

  it('disables again what was disabled then', () => {
    const off = apply(ruleHistory(BASE), { disable: ['fast'] })
    const on = apply(off.history, { enable: ['fast'] })
    expect(apply(on.history, { rollBack: off.after }).after).toBe(off.after)
  })
})

it('a change that comes again changes nothing, and one made on another version is refused', () => {
  const change = { ...signed(), remove: ['fast'] }
  const { history } = accepted(applyChange(ruleHistory(BASE), change))
  expect(applyChange(history, change)).toEqual({ status: 'repeated' })
  expect(codes(history, { basedOn: BASE.version, remove: ['lower'] })).toEqual(['basedOn RULES_CHANGE_CONFLICT'])
})

it.each([
  [null, ' RULES_TYPE_INVALID'],
  ['remove low', ' RULES_TYPE_INVALID'],
  [{ ...signed(), author: '', remove: ['low'] }, 'author RULES_TYPE_INVALID'],
  [{ ...signed(), at: Number.NaN, remove: ['low'] }, 'at RULES_TYPE_INVALID'],
  [{ ...signed() }, ' RULES_FIELD_MISSING'],
  [{ ...signed(), set: 'alarm a\n  when spo2 < 1 %', remove: ['low'] }, 'remove RULES_FIELD_UNKNOWN'],
  [{ ...signed(), removed: ['low'] }, 'removed RULES_FIELD_UNKNOWN'],
  [{ ...signed(), disable: [7] }, 'disable[0] RULES_ID_INVALID'],
  [{ ...signed(), put: { rules: 'all' } }, 'put.rules RULES_TYPE_INVALID'],
])('what is no change is refused: %j', (change, first) => {
  const outcome = applyChange(ruleHistory(BASE), change)
  expect(outcome.status === 'refused' && outcome.problems.map(({ path, code }) => `${path} ${code}`)[0]).toBe(first)
})

it('only so many versions are kept', () => {
  let history = ruleHistory(BASE)
  for (let i = 0; i < 5; i++) {
    const change = { ...signed(), put: { rules: [{ id: 'low', when: { signal: 'spo2', below: `${80 + i} %` } }] } }
    history = accepted(applyChange(history, change, { keepVersions: 3 })).history
  }
  expect(history.versions.map(({ revision }) => revision)).toEqual([1, 5, 6])
})

const ruleOf = fc.record({ level: fc.integer({ min: 1, max: 9 }), delay: fc.constantFrom(undefined, '5s') })
const step = fc.oneof(
  fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), ruleOf, { maxKeys: 3 }).map((put) => ({ put })),
  fc.constantFrom('a', 'b', 'c', 'd').map((id) => ({ remove: id })),
  fc.constantFrom('a', 'b', 'c', 'd').map((id) => ({ disable: id })),
  fc.constantFrom('a', 'b', 'c', 'd').map((id) => ({ enable: id })),
  fc.nat({ max: 20 }).map((back) => ({ rollBack: back })),
)

it('any row of changes gives what a list of rules gives; each version stays runnable, through a clone and a clone', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const given = (id: string, { level, delay }: { level: number; delay: string | undefined }) => {
        return { id, when: { signal: 'spo2', below: `${level} %` }, ...(delay !== undefined && { for: delay }) }
      }
      type Written = { rules: [string, object][]; off: string[] }
      const runs = ({ rules, off }: Written) =>
        parseRuleSet({ format: 1, rules: rules.filter(([id]) => !off.includes(id)).map(([, rule]) => rule) })
      let written: Written = { rules: [['a', given('a', { level: 5, delay: undefined })]], off: [] }
      let history = ruleHistory(runs(written))
      const all = [written]
      for (const one of steps) {
        const { rules, off } = written
        const has = (id: string): boolean => rules.some(([known]) => known === id)
        let next: Written | undefined
        let change: object
        if ('put' in one) {
          const put = Object.entries(one.put).map(([id, rule]): [string, object] => [id, given(id, rule)])
          const kept = rules.map(([id, rule]): [string, object] => put.find(([name]) => name === id) ?? [id, rule])
          next = { rules: [...kept, ...put.filter(([id]) => !has(id))], off }
          change = { put: { rules: put.map(([, rule]) => rule) } }
        } else if ('remove' in one) {
          if (has(one.remove)) {
            next = { rules: rules.filter(([id]) => id !== one.remove), off: off.filter((id) => id !== one.remove) }
          }
          change = { remove: [one.remove] }
        } else if ('disable' in one) {
          if (has(one.disable)) next = { rules, off: [...new Set([...off, one.disable])] }
          change = { disable: [one.disable] }
        } else if ('enable' in one) {
          if (has(one.enable)) next = { rules, off: off.filter((id) => id !== one.enable) }
          change = { enable: [one.enable] }
        } else {
          const back = all[one.rollBack % all.length] as Written
          change = { rollBack: runs(back).version }
          // Versions that run alike may be written differently: the latest of them is meant.
          next = all.findLast((one) => runs(one).version === runs(back).version)
        }
        const outcome = applyChange(history, { ...signed(), ...change })
        expect(outcome.status).toBe(next === undefined ? 'refused' : 'accepted')
        if (outcome.status !== 'accepted' || next === undefined) continue
        written = next
        all.push(next)
        expect(outcome.rules.toJSON()).toEqual(runs(next).toJSON())
        expect(outcome.rules.version).toBe(`sha256:${sha256(canonicalJson(outcome.rules.toJSON()))}`)
        expect(printRules(outcome.rules)).toBe(printRules(runs(next)))
        history = structuredClone(outcome.history)
      }
      for (const [i, { version }] of history.versions.entries()) {
        expect(version).toBe(runs(all[i] as Written).version)
        expect(rulesOf(history, version).version).toBe(version)
      }
    }),
  )
})
