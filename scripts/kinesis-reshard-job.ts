// A job for `kinesis-reshard.ts`, which kills it: what it reads of a stream into a file, exactly once. Says `STARTED` at its first record.
import { join } from 'node:path'
import { fileSink } from '@millrace/connectors/file'
import { json } from '@millrace/connectors/formats'
import { kinesisSource } from '@millrace/connectors/kinesis'
import { createEnvironment, fileStorage } from '@millrace/core'
import { clientConfig } from '../packages/connectors/test/aws/client-config.ts'

interface Row {
  readonly key: string
  readonly n: number
}

const [endpoint = '', stream = '', work = ''] = process.argv.slice(2)
let hasStarted = false
const env = createEnvironment({ name: 'reshard' })
env
  .fromSource(
    kinesisSource({
      ...{ stream, format: json<Row>(), config: clientConfig(endpoint) },
      ...{ discoverEvery: 500, poll: { records: 500, every: 20, spacing: 20 } },
      map: ({ key, n }, { sequenceNumber, shardId }) => ({ key, n, sequenceNumber, shardId }),
    }),
    { id: 'rows' },
  )
  .filter(() => {
    if (!hasStarted) console.log('STARTED')
    hasStarted = true
    return true
  })
  .sinkTo(fileSink({ path: join(work, 'rows.ndjson'), format: json() }), { id: 'file' })
await env.execute({ checkpoints: { every: 100, storage: fileStorage(join(work, 'checkpoints')) } })
