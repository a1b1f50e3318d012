// One life of the job that scripts/kafka-kill.ts kills: Kafka -> windows and rules -> Kafka. Its only argument: LifeSettings as JSON.
import { setTimeout as sleep } from 'node:timers/promises'
import { json } from '@millrace/connectors/formats'
import { type KafkaSinkOptions, kafkaJs, kafkaSink, kafkaSource, platformatic } from '@millrace/connectors/kafka'
import {
  type CheckpointStorage,
  count,
  createEnvironment,
  fileStorage,
  type JobHandle,
  max,
  monotonousTimestamps,
  sum,
  tumblingEventTimeWindows,
} from '@millrace/core'
import type { Sink } from '@millrace/core/connector'
import { type AlarmEvent, evaluateRules, rule, ruleSet } from '@millrace/rules'
import { type KillWindow, WINDOW_MS } from './kafka-kill/expected-results.ts'
import { CLOSING_TIME, type KillReading } from './kafka-kill/readings.ts'
import { LINGER_MS, type LifeSettings } from './kafka-kill/settings.ts'

/** Without a result for so long behind the last reading, there is none to come. */
const QUIET_MS = 500

const settings = JSON.parse(process.argv[2] as string) as LifeSettings
const client = settings.client === 'kafkajs' ? kafkaJs() : platformatic()
const rules = ruleSet(
  [
    rule('spo2-low')
      .when((v) => v.spo2.below('88 %'))
      .for('20m')
      .clearWhen((v) => v.spo2.atLeast('91 %'))
      .for('10m')
      .priority('high'),
    rule('heart-rate-high')
      .when((v) => v.heartRate.above('120 /min'))
      .for('30m')
      .priority('medium'),
  ],
  { validFor: { spo2: '24h', heartRate: '24h' } },
)

console.log('starting')
const handle = build()
void sayStart(handle)
// The watermark is where the source stands: steps that it has fired have their results out a moment later.
let seen = { recordsOut: -1, at: 0 }
const watching = setInterval(() => {
  const { watermark, recordsOut } = handle.metrics()
  if (watermark < CLOSING_TIME - 1 || recordsOut !== seen.recordsOut) seen = { recordsOut, at: performance.now() }
  else if (performance.now() - seen.at > QUIET_MS) void handle.stop()
}, 20)
try {
  const { status, metrics } = await handle.finished
  console.log(`${status} after ${metrics.recordsIn} records`)
} catch (error) {
  console.log(error)
  console.log(`failed: ${codesOf(error).join(', by ')}`)
  process.exitCode = 1
} finally {
  clearInterval(watching)
}

function build(): JobHandle {
  const env = createEnvironment({ name: 'kafka-kill' })
  const watermarks = monotonousTimestamps<KillReading>().timestamp(({ time }: KillReading) => time)
  const readings = env
    .fromSource(
      kafkaSource<KillReading>({ brokers: settings.brokers, client, topic: settings.input, format: json() }),
      { id: 'readings', watermarks },
    )
    .keyBy(({ patientId }) => patientId)
  readings
    .window(tumblingEventTimeWindows(WINDOW_MS))
    .aggregate(
      {
        count: count(),
        spo2: sum((reading: KillReading) => reading.spo2),
        fastest: max((reading: KillReading) => reading.heartRate),
      },
      { id: 'windows' },
    )
    .map(
      ({ key, window, count, spo2, fastest }): KillWindow => ({
        patientId: key,
        start: window.start,
        end: window.end,
        count,
        spo2: spo2 ?? Number.NaN,
        fastest: fastest ?? Number.NaN,
      }),
      { id: 'window-lines' },
    )
    .sinkTo(sinkTo<KillWindow>(settings.windows), { id: 'windows-out' })
  readings
    .process(evaluateRules(rules), { id: 'rules' })
    .sinkTo(lingeringSink(sinkTo<AlarmEvent>(settings.alarms)), { id: 'alarms-out' })
  return env.executeAsync({
    checkpoints: { every: '300ms', storage: sayingStorage(fileStorage(settings.checkpoints)) },
  })
}

function sinkTo<T extends { patientId: string }>(topic: string) {
  const options: KafkaSinkOptions<T> = {
    brokers: settings.brokers,
    client,
    topic,
    format: json(),
    key: ({ patientId }) => patientId,
    headers: () => ({ life: String(settings.life) }),
    transactionalIdPrefix: topic,
    transactionTimeout: '2m',
  }
  return kafkaSink<T>(options)
}

async function say(what: 'storing' | 'durable' | 'committing', id?: number): Promise<void> {
  console.log(id === undefined ? what : `${what} ${id}`)
  if (settings.lingers === what) await sleep(LINGER_MS * (0.25 + 0.75 * Math.random()))
}

/** Says when a checkpoint begins to be stored and when it is durable, before the job hears of it; and takes its time there if it is to. */
function sayingStorage(storage: CheckpointStorage): CheckpointStorage {
  return {
    ...storage,
    take: async () => {
      const taken = await storage.take()
      return {
        ...taken,
        write: async (checkpoint) => {
          await say('storing', checkpoint.checkpointId)
          await taken.write(checkpoint)
          await say('durable', checkpoint.checkpointId)
        },
      }
    },
  }
}

/** Takes its time before a commit, if it is to, while the other sink commits. */
function lingeringSink<T>(sink: Sink<T>): Sink<T> {
  return {
    ...sink,
    open: async (context) => {
      const writer = await sink.open(context)
      return {
        write: (values, timestamps) => writer.write(values, timestamps),
        prepareCommit: (checkpointId) => writer.prepareCommit?.(checkpointId),
        snapshotState: () => writer.snapshotState?.(),
        recover: (committables, state) => writer.recover?.(committables, state),
        close: () => writer.close?.(),
        commit: async (committable) => {
          await say('committing')
          await writer.commit?.(committable)
        },
      }
    },
  }
}

/** Of an error, its cause, and so on. */
function codesOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return []
  return ['code' in error ? error.code : error.name, ...codesOf(error.cause)]
}

async function sayStart(job: JobHandle): Promise<void> {
  while (job.metrics().status === 'starting') await sleep(1)
  const from = job.resumedFrom
  console.log(
    from === undefined ? 'beginning' : `going on from checkpoint ${from.checkpointId}, ${from.records} records`,
  )
}
