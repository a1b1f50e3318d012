import { keyedProcessOperator } from '@millrace/core/connector'
import { record, time, verifyOperator } from '@millrace/core/testing'
import { it } from 'vitest'
import { evaluateRules, limit, type Reading, rule, ruleSet } from '../src/index.ts'

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
