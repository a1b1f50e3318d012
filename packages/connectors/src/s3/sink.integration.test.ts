import { randomBytes } from 'node:crypto'
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { type SinkContext, sinkContract } from '@millrace/core/connector'
import { manualClock } from '@millrace/core/testing'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { AwsPeer } from '../../test/aws/aws-peer.ts'
import { cutAfter, cutBefore, refuse, refuseAfter } from '../../test/aws/faults.ts'
import { LocalBucket, s3Config } from '../../test/aws/local-bucket.ts'
import { json } from '../formats/json.ts'
import { s3Sink } from './sink.ts'
import type { S3SinkOptions } from './sink-options.ts'
import type { S3SinkWriter } from './sink-writer.ts'

interface Row {
  readonly n: number
  readonly text?: string
}

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 26, 14)
const FOLDER = 'ward/raw/year=2026/month=11/day=26'

let proxy: AwsFaultProxy
const stopping = new AbortController()

beforeAll(async () => {
  proxy = await AwsFaultProxy.listen(inject('aws').ministack)
})
afterEach(() => proxy.heal())
afterAll(() => {
  stopping.abort()
  proxy.close()
})

async function opened(
  bucket: LocalBucket,
  options: Partial<S3SinkOptions<Row>> = {},
  context: Partial<SinkContext> = {},
): Promise<S3SinkWriter<Row>> {
  const config = s3Config(proxy.endpoint)
  const sink = s3Sink<Row>({ bucket: bucket.name, prefix: 'ward/raw', format: json<Row>(), config, ...options })
  const writer = await sink.open({ operatorId: 'low', signal: stopping.signal, restored: false, ...context })
  return writer as S3SinkWriter<Row>
}

/** A fresh start. */
async function started(...of: Parameters<typeof opened>): Promise<S3SinkWriter<Row>> {
  const writer = await opened(...of)
  await writer.recover([], undefined)
  return writer
}

const created = (): Promise<LocalBucket> => LocalBucket.create(inject('aws').ministack)
const row = (n: number): string => JSON.stringify({ n })

describe('an S3 sink', () => {
  for (const [title, options] of [
    ['exactly once', { whenAhead: 'remove' }],
    ['compressed, in small objects', { whenAhead: 'remove', gzip: true, closeAtBytes: 300, layout: 'plain' }],
    ['at least once', { delivery: 'at-least-once' }],
  ] as const) {
    describe(title, () => {
      const cases = sinkContract<Row>({
        create: async () => {
          const bucket = await created()
          const config = s3Config(inject('aws').ministack)
          return {
            sink: s3Sink({ bucket: bucket.name, prefix: 'ward/raw', format: json<Row>(), config, ...options }),
            read: async () => (await bucket.lines()).map((line): unknown => JSON.parse(line)),
          }
        },
        record: (n) => ({ n }),
      })
      for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)
    })
  }

  it('puts each record under the hour of its event time, and makes no object for an hour without one', async () => {
    const bucket = await created()
    const writer = await started(bucket)
    await writer.write([{ n: 1 }, { n: 2 }, { n: 3 }], [START, START + 2 * HOUR, START + HOUR - 1])
    await writer.commit((await writer.prepareCommit(1)) as object)
    expect(await writer.prepareCommit(2)).toBeUndefined()
    await writer.close()
    expect(await bucket.keys()).toEqual([
      `${FOLDER}/hour=14/low-r1-c000000000-0000.ndjson`,
      `${FOLDER}/hour=16/low-r1-c000000000-0001.ndjson`,
    ])
    expect(await bucket.lines(`${FOLDER}/hour=14/low-r1-c000000000-0000.ndjson`)).toEqual([row(1), row(3)])
  })

  it('takes the hour from the clock of the job where it is told to, and refuses a record without a time otherwise', async () => {
    const bucket = await created()
    const clock = manualClock(START)
    const writer = await started(bucket, { hourOf: 'processing-time', layout: 'plain', gzip: true }, { clock })
    await writer.write([{ n: 1 }], [Number.NEGATIVE_INFINITY])
    await writer.commit((await writer.prepareCommit(1)) as object)
    await writer.close()
    expect(await bucket.keys()).toEqual(['ward/raw/2026/11/26/14/low-r1-c000000000-0000.ndjson.gz'])
    const other = await started(await created())
    await expect(other.write([{ n: 1 }], [Number.NEGATIVE_INFINITY])).rejects.toMatchObject({ code: 'S3_TIME_INVALID' })
    await other.close()
  })

  it('closes an object by time or by size, whichever comes first, and shows it with the checkpoint', async () => {
    const bucket = await created()
    const clock = manualClock(START)
    const writer = await started(bucket, { closeAfter: '5m', closeAtBytes: 30 }, { clock })
    await writer.write([{ n: 1 }], [START])
    expect(writer.dueAt).toBe(START + 300_000)
    clock.advance('5m')
    await writer.onDue(clock.now())
    expect(writer.dueAt).toBeUndefined()
    await writer.write([{ n: 2 }, { n: 3 }, { n: 4 }, { n: 5 }, { n: 6 }], Array(5).fill(START))
    expect(await bucket.keys()).toEqual([])
    await writer.commit((await writer.prepareCommit(1)) as object)
    await writer.close()
    const objects = await Promise.all((await bucket.keys()).map((key) => bucket.lines(key)))
    expect(objects).toEqual([[row(1)], [row(2), row(3), row(4), row(5)], [row(6)]])
  })

  it('shows an object as soon as it is closed, in at-least-once', async () => {
    const bucket = await created()
    const clock = manualClock(START)
    const writer = await started(bucket, { delivery: 'at-least-once' }, { clock })
    await writer.write([{ n: 1 }], [START])
    clock.advance('5m')
    await writer.onDue(clock.now())
    await expect.poll(() => bucket.lines()).toEqual([row(1)])
    expect(await writer.prepareCommit(1)).toBeUndefined()
    await writer.close()
  })

  it('uploads a large object in parts that the service takes, and keeps its memory', async () => {
    const bucket = await created()
    const sizes: number[] = []
    proxy.plan(
      'UploadPart',
      async (call) => {
        sizes.push(call.body.length)
        call.answer(await call.forward())
      },
      { times: Number.POSITIVE_INFINITY },
    )
    const writer = await started(bucket, { gzip: true, partBytes: 5 * 1024 * 1024, closeAtBytes: 2 ** 35 })
    const rows = Array.from({ length: 260 }, (_, n) => ({ n, text: randomBytes(48 * 1024).toString('hex') }))
    for (const each of rows) await writer.write([each], [START])
    await writer.commit((await writer.prepareCommit(1)) as object)
    await writer.close()
    expect(sizes.length).toBeGreaterThanOrEqual(3)
    for (const size of sizes.slice(0, -1)) expect(size).toBeGreaterThanOrEqual(5 * 1024 * 1024)
    expect((await bucket.lines()).map((line): unknown => JSON.parse(line))).toEqual(rows)
  })

  it('has parts of one object under way beside each other, and puts them together in their order', async () => {
    const bucket = await created()
    const second = Promise.withResolvers<void>()
    proxy.plan('UploadPart', async (call) => {
      await second.promise
      call.answer(await call.forward())
    })
    proxy.plan('UploadPart', async (call) => {
      call.answer(await call.forward())
      second.resolve()
    })
    const writer = await started(bucket, { partBytes: 5 * 1024 * 1024, inFlight: 2 })
    const text = '-'.repeat(1024 * 1024 - 16)
    for (let n = 10; n < 22; n++) await writer.write([{ n, text }], [START])
    await writer.commit((await writer.prepareCommit(1)) as object)
    await writer.close()
    const seen = (await bucket.lines()).map((line) => (JSON.parse(line) as Row).n)
    expect(seen).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21])
  })

  it('closes the largest object, or the one that waits longest, where there is no room', async () => {
    const bucket = await created()
    const writer = await started(bucket, { maxBufferedBytes: 40, maxOpenObjects: 2 })
    const hours = [0, 0, 0, 1, 0, 1, 2, 3, 0]
    await writer.write(
      hours.map((_, n) => ({ n })),
      hours.map((hour) => START + hour * HOUR),
    )
    await writer.commit((await writer.prepareCommit(1)) as object)
    await writer.close()
    expect((await bucket.lines()).toSorted()).toEqual(hours.map((_, n) => row(n)))
    expect(await bucket.keys()).toHaveLength(5)
  })

  it('outlasts a service that slows it down, has a conflict, is unavailable or cuts connections', async () => {
    const bucket = await created()
    for (const operation of [
      'CreateMultipartUpload',
      'UploadPart',
      'CompleteMultipartUpload',
      'ListMultipartUploads',
    ]) {
      proxy.plan(operation, refuse(503, 'SlowDown'))
      proxy.plan(operation, cutBefore())
      proxy.plan(operation, refuse(409, 'ConditionalRequestConflict'))
    }
    const writer = await started(bucket)
    await writer.write([{ n: 1 }], [START])
    await writer.commit((await writer.prepareCommit(1)) as object)
    await writer.close()
    expect(await bucket.lines()).toEqual([row(1)])
  })

  it.each([
    ['lost', cutAfter()],
    ['a failure', refuseAfter(503, 'SlowDown')],
  ])('has an object once where the answer to its completion was %s', async (_, action) => {
    const bucket = await created()
    const writer = await started(bucket)
    await writer.write([{ n: 1 }], [START])
    const piece = (await writer.prepareCommit(1)) as object
    proxy.plan('CompleteMultipartUpload', action)
    await writer.commit(piece)
    await writer.commit(piece)
    proxy.plan('CompleteMultipartUpload', refuse(404, 'NoSuchUpload'))
    await writer.commit(piece)
    await writer.close()
    expect(await bucket.lines()).toEqual([row(1)])
  })

  it('says so where an upload that a checkpoint counts on was removed, and goes on only where it is told to', async () => {
    const bucket = await created()
    const writer = await started(bucket)
    await writer.write([{ n: 1 }, { n: 2 }], [START, START])
    const piece = (await writer.prepareCommit(1)) as object
    const { Uploads = [] } = await bucket.client.send(new ListMultipartUploadsCommand({ Bucket: bucket.name }))
    for (const { Key, UploadId } of Uploads) {
      await bucket.client.send(new AbortMultipartUploadCommand({ Bucket: bucket.name, Key, UploadId }))
    }
    await expect(writer.commit(piece)).rejects.toMatchObject({
      code: 'S3_UPLOAD_LOST',
      retryable: false,
      message: expect.stringContaining('with 2 records in'),
    })
    const state = writer.snapshotState()
    await writer.close()
    const next = await opened(bucket, { onLostUpload: 'continue' }, { restored: true })
    await next.recover([piece], state)
    await next.close()
    expect(await bucket.keys()).toEqual([])
  })

  it('writes over nothing', async () => {
    const bucket = await created()
    const writer = await started(bucket)
    await writer.write([{ n: 1 }], [START])
    const piece = (await writer.prepareCommit(1)) as object
    await bucket.put(`${FOLDER}/hour=14/low-r1-c000000000-0000.ndjson`, 'mine')
    await expect(writer.commit(piece)).rejects.toMatchObject({ code: 'S3_OBJECT_EXISTS' })
    await writer.close()
    expect((await bucket.get(`${FOLDER}/hour=14/low-r1-c000000000-0000.ndjson`)).toString()).toBe('mine')
  })

  it('aborts what its dead predecessor had under way, and nobody else', async () => {
    const bucket = await created()
    const [dead, other] = [await started(bucket), await started(bucket, {}, { operatorId: 'low-2' })]
    for (const writer of [dead, other]) {
      await writer.write([{ n: 1 }], [START])
      await writer.prepareCommit(1)
    }
    expect(await bucket.uploads()).toHaveLength(2)
    const next = await started(bucket)
    expect(await bucket.uploads()).toEqual([expect.stringContaining('/low-2-r1-')])
    await next.close()
  })

  it('starts over no objects of an earlier run, or adds to them where it is told to', async () => {
    const bucket = await created()
    const first = await started(bucket)
    await first.write([{ n: 1 }], [START])
    await first.commit((await first.prepareCommit(1)) as object)
    await first.close()
    await expect(started(bucket)).rejects.toMatchObject({ code: 'S3_TARGET_EXISTS' })
    const second = await started(bucket, { whenExists: 'append' })
    await second.write([{ n: 2 }], [START])
    await second.commit((await second.prepareCommit(1)) as object)
    await second.close()
    expect(await bucket.lines()).toEqual([row(1), row(2)])
  })

  it('removes no objects of later checkpoints unless it is told to', async () => {
    const bucket = await created()
    const first = await started(bucket)
    await first.write([{ n: 1 }], [START])
    await first.commit((await first.prepareCommit(1)) as object)
    const older = first.snapshotState()
    await first.write([{ n: 2 }], [START])
    await first.commit((await first.prepareCommit(2)) as object)
    await first.close()
    const back = await opened(bucket, {}, { restored: true })
    await expect(back.recover([], older)).rejects.toMatchObject({ code: 'S3_OBJECTS_AHEAD' })
    expect(await bucket.lines()).toEqual([row(1), row(2)])
  })

  it('goes on when the service is back, and says so where it came back without its uploads', async () => {
    const peer = await AwsPeer.ministack()
    try {
      const bucket = await LocalBucket.create(peer.endpoint)
      const writer = await started(bucket, { config: s3Config(peer.endpoint) })
      await writer.write([{ n: 1 }], [START])
      await peer.stop()
      const preparing = writer.prepareCommit(1)
      await peer.start()
      await writer.commit((await preparing) as object)
      expect(await bucket.lines()).toEqual([row(1)])
      await writer.write([{ n: 2 }], [START])
      const piece = (await writer.prepareCommit(2)) as object
      // This peer keeps objects over a restart, and forgets what is under way.
      await peer.stop()
      await peer.start()
      await expect(writer.commit(piece)).rejects.toMatchObject({ code: 'S3_UPLOAD_LOST' })
      await writer.close()
    } finally {
      await peer.close()
    }
  })

  it('gives up after retryFor, and at once where there is no such bucket', async () => {
    const bucket = await created()
    proxy.plan('CreateMultipartUpload', refuse(503, 'SlowDown'), { times: Number.POSITIVE_INFINITY })
    const writer = await started(bucket, { retryFor: 200 })
    await writer.write([{ n: 1 }], [START])
    await expect(writer.prepareCommit(1)).rejects.toMatchObject({ code: 'AWS_THROTTLED' })
    await writer.close()
    await expect(started(LocalBucket.named(proxy.endpoint, 'nowhere'))).rejects.toMatchObject({
      code: 'AWS_RESOURCE_MISSING',
      message: expect.stringContaining("ListObjectsV2 of sink 'low' to bucket 'nowhere'"),
    })
  })
})
