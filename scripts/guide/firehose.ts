import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import { AwsPeer } from '../../packages/connectors/test/aws/aws-peer.ts'
import { clientConfig } from '../../packages/connectors/test/aws/client-config.ts'
import { LocalBucket } from '../../packages/connectors/test/aws/local-bucket.ts'
import { type GuideTrial, ndjson } from './trial.ts'

export {
  installMinistack as install,
  missingForMinistack as missing,
} from '../../packages/connectors/test/aws/install-aws.ts'

/** ministack, with a delivery stream into a bucket, and pressures of which two are high. */
export async function start(signal: AbortSignal): Promise<GuideTrial> {
  const peer = await AwsPeer.ministack(signal)
  const bucket = await LocalBucket.create(peer.endpoint)
  const firehose = new FirehoseClient(clientConfig(peer.endpoint))
  const S3DestinationConfiguration = { BucketARN: `arn:aws:s3:::${bucket.name}`, RoleARN: 'arn:aws:iam::1:role/r' }
  const DeliveryStreamName = 'high-pressure'
  await firehose.send(new CreateDeliveryStreamCommand({ DeliveryStreamName, S3DestinationConfiguration }))
  firehose.destroy()
  const readings = [199, 200, null, 260].map((systolic, n) => ({ patientId: 'p1', time: 1_000 * n, systolic }))
  return {
    started: "ministack, with a delivery stream 'high-pressure' into a bucket",
    env: { AWS_ENDPOINT_URL_FIREHOSE: peer.endpoint, FIREHOSE_STREAM: DeliveryStreamName },
    files: { 'vitals/a.ndjson': ndjson([...readings, 'no reading']) },
    left: async () => (await bucket.lines()).toSorted(),
    close: () => peer.close(),
  }
}
