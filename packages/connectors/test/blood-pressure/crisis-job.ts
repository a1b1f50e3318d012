import { createEnvironment, type StreamEnvironment } from '@millrace/core'
import { json, jsonTemplate } from '../../src/formats/index.ts'
import { kinesisSource } from '../../src/kinesis/index.ts'
import { s3Sink } from '../../src/s3/index.ts'
import { snsSink } from '../../src/sns/index.ts'
import { clientConfig } from '../aws/client-config.ts'
import { s3Config } from '../aws/local-bucket.ts'

/** A row of the recording. */
export interface Pressure {
  readonly id: string
  readonly systolic: number | null
  readonly diastolic: number | null
}

export interface CrisisPlaces {
  readonly kinesis: string
  /** Of SNS and S3. */
  readonly aws: string
  readonly stream: string
  readonly topicArn: string
  readonly bucket: string
}

/** What an object ends at, beside a checkpoint. */
export const CLOSE_AFTER = '5m'
export const CLOSE_AT_BYTES = 40_000

/** 200 and 120 themselves raise an alarm; what was not measured raises none. */
export function isCrisis({ systolic, diastolic }: Pressure): boolean {
  return (systolic !== null && systolic >= 200) || (diastolic !== null && diastolic >= 120)
}

/** From a stream: alarms to a topic, one for each reading, and every reading into the object of the hour in which it came. */
export function crisisJob({ kinesis, aws, stream, topicArn, bucket }: CrisisPlaces): StreamEnvironment {
  const env = createEnvironment({ name: 'blood-pressure' })
  const readings = env.fromSource(
    kinesisSource({
      stream,
      format: json<Pressure>(),
      config: clientConfig(kinesis),
      poll: { every: 10, spacing: 0 },
    }),
    { id: 'readings' },
  )
  readings.filter(isCrisis).sinkTo(
    snsSink<Pressure>({
      topicArn,
      message: jsonTemplate(['id', 'systolic', 'diastolic']),
      groupId: ({ id }) => id,
      deduplicationId: ({ id }) => id,
      config: clientConfig(aws),
    }),
    { id: 'alarms' },
  )
  readings.sinkTo(
    s3Sink<Pressure>({
      ...{ bucket, prefix: 'readings', format: json(), gzip: true, hourOf: 'processing-time' },
      ...{ closeAfter: CLOSE_AFTER, closeAtBytes: CLOSE_AT_BYTES, config: s3Config(aws) },
    }),
    { id: 'objects' },
  )
  return env
}
