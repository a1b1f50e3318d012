import { template } from '@millrace/connectors/formats'
import { snsSink } from '@millrace/connectors/sns'
import type { Run } from '../../harness/benchmark.ts'
import { config } from '../peer.ts'
import type { Reading } from '../readings.ts'
import { writeAll } from '../write-all.ts'
import { withTopic } from './topic.ts'

const message = template<Reading>('spo2 {spo2} at {device}', { fields: ['spo2', 'device'] })

export const run: Run<readonly Reading[]> = (readings, clock) =>
  withTopic(async (_, topicArn) => {
    const attributes = ({ spo2 }: Reading) => ({ spo2 })
    await writeAll(readings, snsSink<Reading>({ topicArn, message, attributes, config: config() }), clock)
    return { results: readings.length, checksum: 0 }
  })
