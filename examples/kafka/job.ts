import { json } from '@millrace/connectors/formats'
import { type KafkaEnd, kafkaSink, kafkaSource } from '@millrace/connectors/kafka'
import {
  boundedOutOfOrderness,
  count,
  defineJob,
  type JobDefinition,
  mean,
  min,
  outputTag,
  tumblingEventTimeWindows,
} from '@millrace/core'
import { evaluateRules, rule, ruleSet } from '@millrace/rules'
import { z } from 'zod'

/** What a message of `vitals` has to be; any other is rejected with the reason. */
const reading = z.object({
  patientId: z.string().min(1),
  time: z.int().nonnegative(),
  heartRate: z.number().optional(),
  spo2: z.number().optional(),
})
type WardReading = z.infer<typeof reading>

const rules = ruleSet([
  rule('spo2-low')
    .when((v) => v.spo2.below('88 %'))
    .for('15s')
    .clearWhen((v) => v.spo2.atLeast('91 %'))
    .for('10s')
    .priority('high')
    .because('Sustained desaturation'),
  rule('tachycardia')
    .when((v) => v.heartRate.above('130 /min'))
    .for('30s')
    .clearWhen((v) => v.heartRate.atMost('120 /min'))
    .for('10s')
    .priority('medium')
    .because('Sustained fast heart rate'),
])

/** A minute of one patient, as a message of `vitals-by-minute`. */
export interface PatientMinute {
  readonly patientId: string
  /** When it began. */
  readonly minute: number
  readonly heartRate: number | undefined
  readonly lowestSpo2: number | undefined
  readonly readings: number
}

/** What could not be used, as a message of `vitals-rejected`. `raw` is a patient's data. */
export interface Unused {
  readonly code: string
  /** `vitals-1 offset 17`. */
  readonly place: string
  readonly reason: string
  readonly raw: string
}

export interface WardOptions {
  readonly brokers: readonly string[]
  /** Where the input ends. Default: the job has no end. */
  readonly end?: KafkaEnd
}

/**
 * ```
 *   vitals ──┬──► rules, by patient ────► alarms
 *            ├──► minutes, by patient ──► vitals-by-minute
 *            │       └─ too late ──┐
 *            └─ rejected ──────────┴────► vitals-rejected
 * ```
 */
export function wardJob({ brokers, ...bounds }: WardOptions): JobDefinition {
  return defineJob('ward', (env) => {
    const vitals = env.fromSource(
      kafkaSource({
        brokers,
        topic: 'vitals',
        format: json(reading),
        map: (value, { topic, partition, offset }) => ({ ...value, place: `${topic}-${partition} offset ${offset}` }),
        // For those who watch the lag. The job itself goes by its checkpoints.
        groupId: 'ward',
        ...bounds,
      }),
      {
        id: 'vitals',
        // A device may be five seconds late; a partition that is silent for half a minute holds nothing back.
        watermarks: boundedOutOfOrderness<Placed>('5s')
          .idleAfter('30s')
          .timestamp((r: Placed) => r.time),
        onReject: 'side-output',
      },
    )

    const alarms = vitals.keyBy((r) => r.patientId).process(evaluateRules(rules), { id: 'rules' })

    const minutes = vitals
      .keyBy((r) => r.patientId)
      .window(tumblingEventTimeWindows('1m'))
      .sideOutputLateData(tooLate)
      .aggregate(
        { heartRate: mean((r) => r.heartRate), lowestSpo2: min((r) => r.spo2), readings: count() },
        { id: 'minutes' },
      )

    const unused = vitals
      .rejected()
      .map(({ code, split, position, reason, raw }): Unused => {
        return { code, place: `${split} ${position}`, reason, raw }
      })
      .union(
        minutes.getSideOutput(tooLate).map(({ place, ...value }): Unused => {
          return { code: 'too-late', place, reason: 'its minute was over', raw: JSON.stringify(value) }
        }),
      )

    // Each sink writes one transaction a checkpoint; who reads committed sees it when the checkpoint is durable.
    const to = { brokers, transactionalIdPrefix: 'ward' }
    alarms.sinkTo(kafkaSink({ ...to, topic: 'alarms', format: json(), key: (alarm) => alarm.patientId }), {
      id: 'alarms',
    })
    minutes
      .map(({ key, window, ...vitalsOfIt }): PatientMinute => {
        return { patientId: key, minute: window.start, ...vitalsOfIt }
      })
      .sinkTo(kafkaSink({ ...to, topic: 'vitals-by-minute', format: json(), key: (row) => row.patientId }), {
        id: 'by-minute',
      })
    unused.sinkTo(kafkaSink({ ...to, topic: 'vitals-rejected', format: json() }), { id: 'rejected' })
  })
}

/** With its place in the topic, for what is too late. */
type Placed = WardReading & { readonly place: string }

const tooLate = outputTag<Placed>('too-late')
