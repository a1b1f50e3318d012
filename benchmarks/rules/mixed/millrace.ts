import { createEnvironment, monotonousTimestamps } from '@millrace/core'
import { evaluateRules } from '@millrace/rules'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { eachSink } from '../../harness/each-sink.ts'
import type { Mix, Reading } from './mix.ts'

export const run: Run<Mix> = async ({ rules, readings, before }, clock) => {
  const out = new Checksum()
  const last = readings.length - 1
  let n = 0
  const env = createEnvironment()
  env
    .fromArray(readings, { watermarks: monotonousTimestamps().timestamp((r: Reading) => r.time) })
    .filter(() => {
      // Beside another engine all of it counts.
      if (before > 0 && n === before) clock.start()
      if (before > 0 && n === last) clock.stop()
      n += 1
      return true
    })
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
