import { keyedProcessOperator } from '@millrace/core/connector'
import { record, time, verifyOperator } from '@millrace/core/testing'
import { it } from 'vitest'
import { evaluateRules, type Reading, rule, ruleSet } from '../src/index.ts'

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
