import { keyedBroadcastProcessOperator, keyedProcessOperator } from '@millrace/core/connector'
import { record, type ScriptElement, time, verifyOperator } from '@millrace/core/testing'
import { it } from 'vitest'
import { evaluateRules, limit, parseRuleSet, type Reading, type RuleChange, rule, ruleSet } from '../src/index.ts'

it('the rules are an operator as the contract has it: batches, snapshots and restores change nothing', () => {
  const rules = ruleSet([
    rule('spo2-low')
      .when((v) => v.spo2.below('90 %'))
      .for('15s')
      .clearWhen((v) => v.spo2.atLeast('93 %'))
      .for('5s')
      .priority('high'),
    rule('fast')
      .when((v) => v.heartRate.above('110 /min'))
      .for('10s')
      .priority('medium'),
  ])
  const script = Array.from({ length: 60 }, (_, i) => {
    const at = i * 3_000
    const reading: Reading = {
      patientId: `p${i % 2}`,
      time: at,
      spo2: i % 20 < 12 ? 85 : i % 20 === 15 ? null : 96,
      heartRate: i % 30 < 20 ? 120 : 80,
    }
    return [time(at), record(reading, at)]
  }).flat()
  return verifyOperator(keyedProcessOperator(evaluateRules(rules)), script, {
    keyBy: (r) => r.patientId,
    allowsLate: true,
  })
})

it('so are counts, limits of a patient and a ward, silences, policies and values that no rule can use', () => {
  const rules = ruleSet(
    [
      rule('flaky').when((v) => v.systolic.count(2).of(3).below('90 mm[Hg]')),
      rule('slow')
        .when((v) => v.respiratoryRate.below(limit('respiratoryRate.low')))
        .for('4s')
        .zeros('no-signal')
        .missing('hold')
        .clearAfter('6s'),
      rule('probe-off').whenSilent('spo2', '8s').technical().priority('low'),
      rule('gone').whenSilent('any', '20s').technical(),
    ],
    {
      limits: {
        default: { 'respiratoryRate.low': '8 /min' },
        wards: { icu: { 'respiratoryRate.low': '10 /min' } },
        patients: { p1: { 'respiratoryRate.low': '0.1 Hz' } },
      },
      validFor: { respiratoryRate: '9s' },
    },
  )
  const rates = [12, 9, 9, null, 5, 0, 7, 12, 12, 12] as const
  const script = Array.from({ length: 60 }, (_, i) => {
    // Out of order now and then, and a long gap in the middle.
    const at = (i < 30 ? i : i + 30) * 2_000 - (i % 7 === 3 ? 5_000 : 0)
    const reading: Reading = {
      patientId: `p${i % 2}`,
      time: at,
      ward: i % 16 < 8 ? 'icu' : undefined,
      respiratoryRate: rates[i % 10],
      systolic: i % 11 === 5 ? { value: 12, unit: 'mmHg' } : i % 9 < 4 ? { value: 11, unit: 'kPa' } : 120,
      spo2: i % 24 < 12 ? 97 : undefined,
    }
    return [time(Math.max(0, at)), record(reading, at)]
  }).flat()
  return verifyOperator(keyedProcessOperator(evaluateRules(rules)), script, {
    keyBy: (r) => r.patientId,
    allowsLate: true,
  })
})

it('so are windows, values some time ago, attributes, schedules, and rules that say that they are blind', () => {
  const rules = parseRuleSet({
    format: 2,
    schedules: { night: { from: '00:00', to: '00:02', zone: 'UTC' } },
    rules: [
      {
        id: 'rising',
        when: { expression: { call: 'rise', signal: 'heartRate', over: '30s' }, atLeast: '20 /min' },
        missing: 'raise',
      },
      { id: 'away', when: { expression: { signal: 'spo2', ago: '10s' }, above: { signal: 'spo2' } }, missing: 'hold' },
      {
        id: 'base',
        when: {
          expression: {
            op: '-',
            left: { signal: 'heartRate' },
            right: { call: 'baseline', signal: 'heartRate', over: '48s' },
          },
          above: '5 /min',
        },
        for: '2s',
      },
      { id: 'old', when: { and: [{ during: 'night' }, { expression: { attribute: 'age' }, atLeast: '65 a' }] } },
      { id: 'ageless', kind: 'technical', when: { not: { known: { attribute: 'age' } } } },
    ],
  })
  const script = Array.from({ length: 60 }, (_, i) => {
    const at = i * 3_000 - (i % 9 === 4 ? 4_000 : 0)
    const reading: Reading = {
      patientId: `p${i % 2}`,
      time: at,
      ...(i % 5 !== 0 && { spo2: i % 20 < 12 ? 95 - (i % 7) : null }),
      ...(i % 3 !== 0 && { heartRate: 80 + ((i * 7) % 40) }),
      ...(i === 21 && { attributes: { age: 70.5 } }),
    }
    return [time(at), record(reading, at)]
  }).flat()
  return verifyOperator(keyedProcessOperator(evaluateRules(rules)), script, {
    keyBy: (r) => r.patientId,
    allowsLate: true,
  })
})

it('so are rules that change: a rule more, another limit, one that is disabled, one that is refused, and all of it back', () => {
  const rules = parseRuleSet({
    format: 1,
    rules: [
      { id: 'low', when: { signal: 'spo2', below: '90 %' }, for: '15s', priority: 'high' },
      { id: 'fast', when: { signal: 'heartRate', above: { limit: 'heartRate.high' } }, for: '6s' },
      { id: 'gone', when: { silent: 'any', within: '20s' } },
    ],
    limits: { default: { 'heartRate.high': '110 /min' } },
  })
  const rising = { call: 'rise', signal: 'heartRate', over: '30s' }
  const changes: Record<number, object> = {
    8: { put: { rules: [{ id: 'rising', when: { expression: rising, above: '20 /min' } }] } },
    15: { limits: { patients: { p1: { 'heartRate.high': '95 /min' } } } },
    22: { disable: ['low'] },
    23: { put: 'alarm low\n  when spo2 < nothing' },
    30: { enable: ['low'], remove: ['gone'] },
    37: { put: 'alarm low\n  when 3 of 5 spo2 < 90 %' },
    45: { rollBack: rules.version },
  }
  const script = Array.from({ length: 60 }, (_, i): ScriptElement<Reading | RuleChange>[] => {
    const at = i * 3_000
    const reading: Reading = {
      patientId: `p${i % 2}`,
      time: at,
      ...(i % 5 !== 0 && { spo2: i % 24 < 16 ? 86 : 96 }),
      ...(i % 3 !== 0 && { heartRate: 80 + ((i * 7) % 40) }),
    }
    const change = changes[i]
    const signature = { id: `c${i}`, at: at + 1_000, author: 'eng-7', reason: 'trial' }
    return [
      time(at),
      record(reading, at),
      ...(change === undefined
        ? []
        : [time(at + 1_000), record({ ...signature, ...change } as RuleChange, at + 1_000, 1)]),
    ]
  }).flat()
  return verifyOperator(keyedBroadcastProcessOperator(evaluateRules(rules)), script, {
    keyBy: (r) => r.patientId,
    allowsLate: true,
  })
})

it('so are late readings that are put in their place, before and after the rules have changed', () => {
  const rules = parseRuleSet({
    format: 2,
    rules: [
      { id: 'low', when: { signal: 'spo2', below: '90 %' }, for: '4s', priority: 'high' },
      { id: 'rising', when: { expression: { call: 'rise', signal: 'heartRate', over: '30s' }, atLeast: '20 /min' } },
      { id: 'fast', when: { signal: 'heartRate', above: { limit: 'heartRate.high' } }, missing: 'raise' },
      { id: 'gone', when: { silent: 'spo2', within: '8s' } },
    ],
    limits: { default: { 'heartRate.high': '110 /min' }, wards: { icu: { 'heartRate.high': '90 /min' } } },
  })
  const limits = { patients: { p1: { 'heartRate.high': { limit: '95 /min', until: 110_000 } } } }
  const script = Array.from({ length: 70 }, (_, i): ScriptElement<Reading | RuleChange>[] => {
    const now = i * 2_000
    const at = now - (i % 5 === 3 ? 7_000 : i % 11 === 6 ? 25_000 : 0)
    const reading: Reading = {
      patientId: `p${i % 2}`,
      time: at,
      ...(i % 8 === 0 && { ward: i % 16 === 0 ? 'icu' : 'general' }),
      ...(i % 7 !== 0 && { spo2: i % 12 < 7 ? 86 : 96 }),
      ...(i % 3 !== 0 && { heartRate: 80 + ((i * 7) % 40) }),
    }
    const signature = { id: `c${i}`, at: now + 1_000, author: 'eng-7', reason: 'trial' }
    const change = { ...signature, ...(i === 30 ? { limits } : { disable: ['rising'] }) } as RuleChange
    const isChange = i === 30 || i === 45
    return [time(now), record(reading, at), ...(isChange ? [time(now + 1_000), record(change, now + 1_000, 1)] : [])]
  }).flat()
  return verifyOperator(
    keyedBroadcastProcessOperator(evaluateRules(rules, { allowedLateness: '10s' })),
    script as ScriptElement<Reading | RuleChange>[],
    { keyBy: (r) => (r as Reading).patientId, allowsLate: true },
  )
})
