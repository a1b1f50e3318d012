import type { KinesisClientConfig } from '@aws-sdk/client-kinesis'
import { json } from '@millrace/connectors/formats'
import { kinesisSink, kinesisSource } from '@millrace/connectors/kinesis'
import { boundedOutOfOrderness, createEnvironment, type StreamEnvironment } from '@millrace/core'
import { evaluateRules, rule, ruleSet } from '@millrace/rules'
import { z } from 'zod'

/** What a record of `vitals` has to be; any other is rejected with the reason. */
const reading = z.object({
  patientId: z.string().min(1),
  time: z.int().nonnegative(),
  heartRate: z.number().optional(),
  spo2: z.number().optional(),
})

/** A reading, and the shard that it was read from. */
export type WardReading = z.infer<typeof reading> & { readonly shardId: string }

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

/** `vitals` ──► rules, by patient ──► `alarms`. Whoever gives a `watch` sees each reading on its way. */
export function wardJob(
  config: KinesisClientConfig,
  watch: (reading: WardReading) => void = () => {},
): StreamEnvironment {
  const env = createEnvironment({ name: 'ward' })
  env
    .fromSource(
      kinesisSource({
        stream: 'vitals',
        format: json(reading),
        map: (value, { shardId }): WardReading => ({ ...value, shardId }),
        config,
      }),
      {
        id: 'vitals',
        // A device may be five seconds late; a shard that is silent for half a minute holds nothing back.
        watermarks: boundedOutOfOrderness<WardReading>('5s')
          .idleAfter('30s')
          .timestamp((r: WardReading) => r.time),
        onReject: 'count',
      },
    )
    .filter((r) => {
      watch(r)
      return true
    })
    .keyBy((r) => r.patientId)
    .process(evaluateRules(rules), { id: 'rules' })
    .sinkTo(kinesisSink({ stream: 'alarms', format: json(), partitionKey: (alarm) => alarm.patientId, config }), {
      id: 'alarms',
    })
  return env
}
