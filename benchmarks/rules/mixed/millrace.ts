import { createEnvironment, monotonousTimestamps } from '@millrace/core'
import { evaluateRules } from '@millrace/rules'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { eachSink } from '../../harness/each-sink.ts'
import type { Mix, Reading } from './mix.ts'

export const run: Run<Mix> = async ({ rules, readings }) => {
  const out = new Checksum()
  const env = createEnvironment()
  env
    .fromArray(readings, { watermarks: monotonousTimestamps().timestamp((r: Reading) => r.time) })
    .keyBy((r) => r.patientId)
    .process(evaluateRules(rules))
    .sinkTo(
      eachSink(({ time, rule, event, patientId }) => {
        out.add(time, Number(rule.slice(1)), event === 'raised' ? 1 : 0, Number(patientId.slice(8)))
      }),
    )
  await env.execute()
  return out.outcome()
}
