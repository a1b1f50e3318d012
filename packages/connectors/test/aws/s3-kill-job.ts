// A job for `s3-kill.integration.test.ts`, which kills it: numbers into hourly objects, exactly once, with its checkpoints in the same
// bucket. It begins with 0 and has no end, but where LAST_ROWS says how many more there are. Says `STARTED at N`, and `ENDED at N`.
import { setTimeout as sleep } from 'node:timers/promises'
import { createEnvironment, monotonousTimestamps } from '@millrace/core'
import type { Source } from '@millrace/core/connector'
import { json } from '../../src/formats/json.ts'
import { s3CheckpointStorage } from '../../src/s3/checkpoint-storage.ts'
import { s3Sink } from '../../src/s3/sink.ts'
import { s3Config } from './local-bucket.ts'
import { type KillRow, killRow } from './s3-kill-rows.ts'

const { S3_ENDPOINT = '', S3_BUCKET = '', LAST_ROWS = '' } = process.env
const more = LAST_ROWS === '' ? Number.POSITIVE_INFINITY : Number(LAST_ROWS)

function numbers(): Source<KillRow> {
  return {
    kind: 'numbers',
    bounded: true,
    replayable: true,
    createEnumerator: () => ({ discover: () => [{ id: 'all' }] }),
    createReader: () => ({
      openSplit: (_, position) => {
        let at = (position as number | undefined) ?? 0
        const end = at + more
        console.log(`STARTED at ${at}`)
        return {
          read: async (most) => {
            await sleep(1)
            if (at >= end) return void console.log(`ENDED at ${at}`)
            const count = Math.min(most, 20, end - at)
            const values = Array.from({ length: count }, (_, i) => killRow(at + i))
            at += count
            return { values, position: at }
          },
        }
      },
    }),
  }
}

const bucket = { bucket: S3_BUCKET, config: s3Config(S3_ENDPOINT) }
const env = createEnvironment({ name: 'numbers' })
env
  .fromSource(numbers(), {
    id: 'numbers',
    watermarks: monotonousTimestamps<KillRow>().timestamp(({ time }) => time),
  })
  .sinkTo(s3Sink<KillRow>({ ...bucket, prefix: 'numbers', format: json(), gzip: true, closeAtBytes: 4_000 }), {
    id: 'objects',
  })
await env.execute({ checkpoints: { every: 40, storage: s3CheckpointStorage({ ...bucket, prefix: 'state' }) } })
