import { firehoseSink } from '@millrace/connectors/firehose'
import { json } from '@millrace/connectors/formats'
import type { Run } from '../../harness/benchmark.ts'
import { config } from '../peer.ts'
import type { Reading } from '../readings.ts'
import { writeAll } from '../write-all.ts'
import { withDeliveryStream } from './delivery-stream.ts'

export const run: Run<readonly Reading[]> = (readings, clock) =>
  withDeliveryStream(async (_, deliveryStream) => {
    await writeAll(readings, firehoseSink({ deliveryStream, format: json<Reading>(), config: config() }), clock)
    return { results: readings.length, checksum: 0 }
  })
