import { defineJob, monotonousTimestamps } from '@millrace/core'
import type { Sink } from '@millrace/core/connector'
import { crash, scripted, testJob } from '@millrace/core/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { evaluateRules, parseRuleSet, type Reading, type RuleChange, ruleAudit, verifyAudit } from '../src/index.ts'
import { changesOf, steps } from './change-arbitraries.ts'
import { readings2, ruleSets2 } from './engine-arbitraries.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 100)
const replaced: Sink<unknown> = {
  kind: 'replaced',
  delivery: 'at-least-once',
  open: () => ({ write: () => undefined }),
}
const manyPatients = readings2.map((rows) => rows.map((row, i) => ({ ...row, patientId: `p${i % 3}` })))
/** Before which of its elements a source fails, once each. */
const crashes = fc.uniqueArray(fc.nat({ max: 21 }), { maxLength: 3 })

it('wherever a job fails, in readings or in changes: its alarms and its audit are those of a job that never did', async () => {
  await fc.assert(
    fc.asyncProperty(
      ruleSets2,
      manyPatients,
      steps,
      crashes,
      crashes,
      fc.integer({ min: 1, max: 12 }),
      async (data, rows, given, first, second, every) => {
        const rules = parseRuleSet(data)
        const job = defineJob('changing', (env) => {
          const readings = env.fromSource(scripted<Reading>().source(undefined), {
            id: 'readings',
            watermarks: monotonousTimestamps().timestamp(({ time }: Reading) => time),
          })
          const changes = env.fromSource(scripted<RuleChange>().source(undefined), {
            id: 'changes',
            watermarks: monotonousTimestamps().timestamp(({ at }: RuleChange) => at),
          })
          const alarms = readings
            .keyBy(({ patientId }) => patientId)
            .connectBroadcast(changes)
            .process(evaluateRules(rules), { id: 'rules' })
          alarms.sinkTo(replaced, { id: 'alarms' })
          alarms.getSideOutput(ruleAudit).sinkTo(replaced, { id: 'audit' })
        })
        const changes = [...changesOf(given, rows, rules.version).values()].flat().map(({ change }) => change)
        // One that comes twice is written down, too.
        const all = changes.flatMap((change, i) => (i % 3 === 2 ? [change, change] : [change]))
        const run = async (inReadings: readonly number[], inChanges: readonly number[]) => {
          const test = testJob(
            job,
            { readings: script(rows, inReadings), changes: script(all, inChanges) },
            { checkpointEveryRecords: every },
          )
          return { alarms: await test.output('alarms'), audit: await test.output('audit') }
        }
        const plain = await run([], [])
        expect(await run(first, second)).toEqual(plain)
        expect(plain.audit).toHaveLength(all.length)
        expect(verifyAudit(plain.audit as never)).toMatchObject({ isWhole: true, repeats: 0 })
      },
    ),
    { numRuns: cases },
  )
})

function script<T>(values: readonly T[], crashesAt: readonly number[]) {
  return scripted<T>(...values.flatMap((value, i) => (crashesAt.includes(i) ? [crash(), value] : [value])))
}
