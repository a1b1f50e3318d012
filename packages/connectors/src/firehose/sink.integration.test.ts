import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { sinkContract } from '@millrace/core/connector'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { AwsPeer } from '../../test/aws/aws-peer.ts'
import { clientConfig } from '../../test/aws/client-config.ts'
import { cutAfter, cutBefore, failEntries, refuse } from '../../test/aws/faults.ts'
import { json } from '../formats/json.ts'
import { text } from '../formats/text.ts'
import { firehoseSink } from './sink.ts'
import type { FirehoseSinkOptions } from './sink-options.ts'

interface Row {
  readonly n: number
}

const SLOW = 'ServiceUnavailableException'

let streams = 0
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

/** A delivery stream of its own, with a bucket that it delivers to. */
async function created(endpoint: string = inject('aws').ministack) {
  const name = `firehose-${streams++}`
  const s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: name }))
  const S3DestinationConfiguration = { BucketARN: `arn:aws:s3:::${name}`, RoleARN: 'arn:aws:iam::1:role/r' }
  const firehose = new FirehoseClient(clientConfig(endpoint))
  await firehose.send(new CreateDeliveryStreamCommand({ DeliveryStreamName: name, S3DestinationConfiguration }))
  return {
    name,
    read: async (): Promise<string[]> => {
      const texts: string[] = []
      for (let ContinuationToken: string | undefined, isFirst = true; isFirst || ContinuationToken; isFirst = false) {
        const page = await s3.send(new ListObjectsV2Command({ Bucket: name, ContinuationToken }))
        for (const { Key } of page.Contents ?? []) {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: name, Key }))
          texts.push((await Body?.transformToString()) ?? '')
        }
        ContinuationToken = page.NextContinuationToken
      }
      return texts
        .join('')
        .split('\n')
        .filter((line) => line !== '')
    },
  }
}

async function writeAll(deliveryStream: string, count: number, options: Partial<FirehoseSinkOptions<Row>> = {}) {
  const config = clientConfig(proxy.endpoint)
  const sink = firehoseSink<Row>({ deliveryStream, format: json<Row>(), config, ...options })
  const writer = await sink.open({ operatorId: 'raw', signal: stopping.signal, restored: false })
  try {
    const rows = Array.from({ length: count }, (_, n) => ({ n }))
    await writer.write(
      rows,
      rows.map(() => 0),
    )
    await writer.prepareCommit?.(1)
  } finally {
    await writer.close?.()
  }
}

const numbers = (lines: readonly string[]): number[] =>
  lines.map((line) => (JSON.parse(line) as Row).n).toSorted((a, b) => a - b)

describe('a Firehose sink', () => {
  const cases = sinkContract<Row>({
    create: async () => {
      const { name, read } = await created()
      const config = clientConfig(inject('aws').ministack)
      return {
        sink: firehoseSink({ deliveryStream: name, format: json<Row>(), config }),
        read: async () => (await read()).map((line): unknown => JSON.parse(line)),
      }
    },
    record: (n) => ({ n }),
  })
  for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)

  it('sends again only the records that a request has left out', async () => {
    const { name, read } = await created()
    proxy.plan(
      'PutRecordBatch',
      failEntries((index) => index % 3 === 0, SLOW),
    )
    proxy.plan(
      'PutRecordBatch',
      failEntries(() => true, SLOW),
    )
    proxy.plan(
      'PutRecordBatch',
      failEntries((index) => index % 2 === 0, SLOW),
    )
    await writeAll(name, 120)
    expect(numbers(await read())).toEqual([...Array(120).keys()])
  })

  it('outlasts a service that slows it down, is unavailable or cuts connections', async () => {
    const { name, read } = await created()
    proxy.plan('PutRecordBatch', refuse(400, 'ThrottlingException'), { times: 2 })
    proxy.plan('PutRecordBatch', refuse(503, SLOW), { times: 2 })
    proxy.plan('PutRecordBatch', cutBefore(), { times: 2 })
    await writeAll(name, 30)
    expect(numbers(await read())).toEqual([...Array(30).keys()])
  })

  it('may write twice what an answer was lost of, and never less than once', async () => {
    const { name, read } = await created()
    proxy.plan('PutRecordBatch', cutAfter())
    await writeAll(name, 10)
    const seen = numbers(await read())
    expect([...new Set(seen)]).toEqual([...Array(10).keys()])
    expect(seen).toHaveLength(20)
  })

  it('goes on when the service is back', async () => {
    const peer = await AwsPeer.ministack()
    try {
      const { name, read } = await created(peer.endpoint)
      const config = clientConfig(peer.endpoint)
      await writeAll(name, 5, { config })
      await peer.stop()
      const writing = writeAll(name, 7, { config })
      await peer.start()
      await writing
      expect(numbers(await read())).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6])
    } finally {
      await peer.close()
    }
  })

  it('gives up after retryFor, and at once where there is no such delivery stream', async () => {
    const { name } = await created()
    proxy.plan('PutRecordBatch', refuse(503, SLOW), { times: Number.POSITIVE_INFINITY })
    await expect(writeAll(name, 1, { retryFor: 200 })).rejects.toMatchObject({ code: 'AWS_UNAVAILABLE' })
    proxy.heal()
    await expect(writeAll('nowhere', 1)).rejects.toMatchObject({
      code: 'AWS_RESOURCE_MISSING',
      message: expect.stringContaining("PutRecordBatch of sink 'raw' to delivery stream 'nowhere'"),
    })
  })

  it('puts what it is told between records', async () => {
    const { name, read } = await created()
    await writeAll(name, 2, { delimiter: ';\n', format: { ...text(), openCodec: () => rowText } })
    expect((await read()).toSorted()).toEqual(['0;', '1;'])
  })
})

const rowText = {
  decode: () => ({ n: 0 }),
  encode: ({ n }: Row) => Buffer.from(String(n)),
}
