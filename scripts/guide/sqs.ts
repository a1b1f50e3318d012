import { AwsPeer } from '../../packages/connectors/test/aws/aws-peer.ts'
import { LocalQueue } from '../../packages/connectors/test/aws/local-queue.ts'
import type { GuideTrial } from './trial.ts'

export {
  installMinistack as install,
  missingForMinistack as missing,
} from '../../packages/connectors/test/aws/install-aws.ts'

/** ministack, with a queue of readings, one of them low, and a message that is none. */
export async function start(signal: AbortSignal): Promise<GuideTrial> {
  const peer = await AwsPeer.ministack(signal)
  const [readings, low] = [await LocalQueue.create(peer.endpoint), await LocalQueue.create(peer.endpoint)]
  for (const spo2 of [88, 87]) await readings.send(JSON.stringify({ patientId: 'p1', spo2 }))
  await readings.send('no reading')
  return {
    started: 'ministack, with a queue of readings, and one for those that are low',
    env: { AWS_ENDPOINT: peer.endpoint, READINGS_QUEUE: readings.url, LOW_QUEUE: low.url },
    isComplete: (lines) => lines.length > 0,
    left: () => low.receive(),
    close: () => peer.close(),
  }
}
