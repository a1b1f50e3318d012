import { createEnvironment, monotonousTimestamps } from '@millrace/core'
import { evaluateRules, parseRuleSet } from '@millrace/rules'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { eachSink } from '../../harness/each-sink.ts'
import type { Vitals } from './data.ts'
import { thresholds } from './thresholds.ts'

const UNITS = { heartRate: '/min', respiratoryRate: '/min', spo2: '%', systolic: 'mm[Hg]', temperature: 'Cel' }

const rules = parseRuleSet({
  format: 1,
  rules: thresholds.map(({ signal, direction, limit, delayS, clearLimit, clearS }, i) => ({
    id: `rule-${i}`,
    priority: 'medium',
    when: { signal, [direction]: { value: limit, unit: UNITS[signal] } },
    for: `${delayS}s`,
    clear: {
      when: { signal, [direction === 'above' ? 'atMost' : 'atLeast']: { value: clearLimit, unit: UNITS[signal] } },
      for: `${clearS}s`,
    },
  })),
})

export const run: Run<readonly Vitals[]> = async (readings) => {
  const out = new Checksum()
  const env = createEnvironment()
  env
    .fromArray(readings)
    .assignTimestamps((r) => r.time, monotonousTimestamps())
    .keyBy((r) => r.patientId)
    .process(evaluateRules(rules))
    .sinkTo(eachSink(({ time, rule, event }) => out.add(time, Number(rule.slice(5)), event === 'raised' ? 1 : 0, 1)))
  await env.execute()
  return out.outcome()
}
