import { AwsPeer } from '../../packages/connectors/test/aws/aws-peer.ts'
import { LocalQueue } from '../../packages/connectors/test/aws/local-queue.ts'
import { LocalTopic } from '../../packages/connectors/test/aws/local-topic.ts'
import type { GuideTrial } from './trial.ts'

export {
  installMinistack as install,
  missingForMinistack as missing,
} from '../../packages/connectors/test/aws/install-aws.ts'

/** ministack, with a queue of alarms, one of them there twice, and a FIFO topic with a subscriber. */
export async function start(signal: AbortSignal): Promise<GuideTrial> {
  const peer = await AwsPeer.ministack(signal)
  const alarms = await LocalQueue.create(peer.endpoint)
  const topic = await LocalTopic.create(peer.endpoint, true)
  const left = await topic.subscribed()
  const alarm = { id: 'a1', bed: '7', level: 'red', patientName: 'A. Person' }
  for (const one of [alarm, alarm, { ...alarm, id: 'a2', level: 'yellow' }]) await alarms.send(JSON.stringify(one))
  return {
    started: 'ministack, with a queue of alarms, and a topic that somebody has subscribed to',
    env: { AWS_ENDPOINT: peer.endpoint, ALARMS_QUEUE: alarms.url, ALARMS_TOPIC: topic.arn },
    isComplete: (lines) => lines.length > 1,
    left,
    close: () => peer.close(),
  }
}
