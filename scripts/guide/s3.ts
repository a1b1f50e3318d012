import { AwsPeer } from '../../packages/connectors/test/aws/aws-peer.ts'
import { LocalBucket } from '../../packages/connectors/test/aws/local-bucket.ts'
import { type GuideTrial, ndjson } from './trial.ts'

export {
  installMinistack as install,
  missingForMinistack as missing,
} from '../../packages/connectors/test/aws/install-aws.ts'

/** ministack, with a bucket in which there are readings of an hour that is asked for, and of one that is not. */
export async function start(signal: AbortSignal): Promise<GuideTrial> {
  const peer = await AwsPeer.ministack(signal)
  const bucket = await LocalBucket.create(peer.endpoint)
  const time = Date.UTC(2026, 10, 26, 14)
  const lines = ndjson([
    { patientId: 'p1', time, systolic: 199 },
    { patientId: 'p1', time: time + 1_000, systolic: 200 },
    { patientId: 'p2', time: time + 2_000, systolic: null },
  ])
  await bucket.put('raw/year=2026/month=11/day=26/hour=14/a.ndjson', `${lines}no reading\n`)
  await bucket.put('raw/year=2026/month=11/day=26/hour=17/b.ndjson', lines)
  return {
    started: 'ministack, with a bucket of readings',
    env: { S3_ENDPOINT: peer.endpoint, S3_BUCKET: bucket.name },
    left: async () => {
      const keys = await bucket.keys('high/')
      const found = await Promise.all(keys.map(async (key) => [key, ...(await bucket.lines(key))]))
      return found.flat()
    },
    close: () => peer.close(),
  }
}
