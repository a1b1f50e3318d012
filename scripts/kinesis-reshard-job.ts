// A job for `kinesis-reshard.ts`, which kills it: what it reads of a stream into a file, exactly once. Says `STARTED` at its first record,
// and `INSIDE` for each shard that it goes on with in the middle of an aggregate.
import { join } from 'node:path'
import { fileSink } from '@millrace/connectors/file'
import { json } from '@millrace/connectors/formats'
import { kinesisSource } from '@millrace/connectors/kinesis'
import { createEnvironment, fileStorage } from '@millrace/core'
import type { Source } from '@millrace/core/connector'
import { clientConfig } from '../packages/connectors/test/aws/client-config.ts'

interface Row {
  readonly key: string
  readonly n: number
}

const [endpoint = '', stream = '', work = '', rowMs = '0'] = process.argv.slice(2)
let hasStarted = false

function tellsPositions<T>(source: Source<T>): Source<T> {
  return {
    ...source,
    createReader: (context) => {
      const reader = source.createReader(context)
      return {
        openSplit: (split, position) => {
          if (typeof position === 'object' && position !== null && 'users' in position) console.log('INSIDE')
          return reader.openSplit(split, position)
        },
        close: () => reader.close?.(),
      }
    },
  }
}

const env = createEnvironment({ name: 'reshard' })
env
  .fromSource(
    tellsPositions(
      kinesisSource({
        ...{ stream, format: json<Row>(), config: clientConfig(endpoint) },
        ...{ discoverEvery: 500, poll: { records: 500, every: 20, spacing: 20 } },
        map: ({ key, n }, { sequenceNumber, shardId }) => ({ key, n, sequenceNumber, shardId }),
      }),
    ),
    { id: 'rows' },
  )
  .filter(() => {
    if (!hasStarted) console.log('STARTED')
    hasStarted = true
    // So slow that it is in the middle of what has come whenever it is killed.
    const end = performance.now() + Number(rowMs)
    while (performance.now() < end);
    return true
  })
  .sinkTo(fileSink({ path: join(work, 'rows.ndjson'), format: json() }), { id: 'file' })
await env.execute({ checkpoints: { every: 100, storage: fileStorage(join(work, 'checkpoints')) } })
