import { createEnvironment, monotonousTimestamps } from '@millrace/core'
import { evaluateRules, parseRuleSet } from '@millrace/rules'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { eachSink } from '../../harness/each-sink.ts'
import { FOR_MS, type Reading, RULES } from './data.ts'

const UNITS = { heartRate: '/min', respiratoryRate: '/min', spo2: '%', systolic: 'mm[Hg]', temperature: 'Cel' }

const rules = parseRuleSet({
  format: 1,
  rules: RULES.map(({ signal, above }, i) => ({
    id: `r${i}`,
    priority: 'medium',
    when: { signal, above: `${above} ${UNITS[signal]}` },
    for: `${FOR_MS / 1_000}s`,
  })),
})

export const run: Run<readonly Reading[]> = async (readings) => {
  const out = new Checksum()
  const env = createEnvironment()
  env
    .fromArray(readings)
    .assignTimestamps((r) => r.time, monotonousTimestamps())
    .keyBy((r) => r.patientId)
    .process(evaluateRules(rules))
    .sinkTo(eachSink(({ rule, time, event }) => out.add(time, Number(rule.slice(1)), event === 'raised' ? 1 : 0, 1)))
  await env.execute()
  return out.outcome()
}
