// The job that scripts/rules-kill.test.ts kills: readings and changes of the rules from files, alarms and the audit into files. Its only
// argument: the folder that holds them. Says what it does, line by line, so that it can be killed there.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileSink, fileSource } from '@millrace/connectors/file'
import { json } from '@millrace/connectors/formats'
import { type CheckpointStorage, createEnvironment, fileStorage, monotonousTimestamps } from '@millrace/core'
import type { Source } from '@millrace/core/connector'
import { type AlarmEvent, evaluateRules, type Reading, type RuleChange, ruleAudit } from '@millrace/rules'
import { CODE } from './rules-kill/given.ts'

const folder = process.argv[2] as string
const file = (name: string) => join(folder, name)
const env = createEnvironment({ name: 'rules-kill' })
const readings = fileSource({ paths: [file('../readings.ndjson')], format: json<Reading>() })
const alarms = env
  .fromSource(slowly(readings), {
    id: 'readings',
    watermarks: monotonousTimestamps<Reading>().timestamp(({ time }: Reading) => time),
  })
  .keyBy(({ patientId }) => patientId)
  .connectBroadcast(
    env.fromSource(fileSource({ paths: [file('../changes.ndjson')], format: json<RuleChange>() }), {
      id: 'changes',
      watermarks: monotonousTimestamps<RuleChange>().timestamp(({ at }: RuleChange) => at),
    }),
  )
  .process(evaluateRules(CODE), { id: 'rules' })
alarms.sinkTo(fileSink<AlarmEvent>({ path: file('alarms.ndjson'), format: json() }), { id: 'alarms-out' })
alarms
  .getSideOutput(ruleAudit)
  .map((entry) => {
    console.log(`change ${entry.seq}`)
    return entry
  })
  .sinkTo(fileSink({ path: file('audit.ndjson'), format: json() }), { id: 'audit-out' })

const job = env.executeAsync({
  checkpoints: { every: '40ms', storage: saying(fileStorage(file('checkpoints'))) },
  batchSize: 8,
})
job.finished.then(
  () => console.log('finished'),
  (error: unknown) => {
    console.log(error)
    process.exitCode = 1
  },
)
while (job.metrics().status === 'starting') await sleep(1)
console.log(job.resumedFrom === undefined ? 'beginning' : `going on from ${job.resumedFrom.checkpointId}`)

/** A few readings at a time, so that there is time to be killed in. */
function slowly<T>(source: Source<T>): Source<T> {
  return {
    ...source,
    createEnumerator: (context) => source.createEnumerator(context),
    createReader(context) {
      const reader = source.createReader(context)
      return {
        async openSplit(split, position) {
          const opened = await reader.openSplit(split, position)
          return {
            read: async (most) => {
              await sleep(1)
              return opened.read(most)
            },
            close: () => opened.close?.(),
          }
        },
        close: () => reader.close?.(),
      }
    },
  }
}

/** Says when a checkpoint begins to be stored, and when it is durable, before the sinks hear of it. */
function saying(storage: CheckpointStorage): CheckpointStorage {
  return {
    ...storage,
    take: async () => {
      const taken = await storage.take()
      return {
        ...taken,
        write: async (checkpoint) => {
          console.log(`storing ${checkpoint.checkpointId}`)
          await taken.write(checkpoint)
          console.log(`durable ${checkpoint.checkpointId}`)
        },
      }
    },
  }
}
