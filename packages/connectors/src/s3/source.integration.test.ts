import { gzipSync } from 'node:zlib'
import { createEnvironment } from '@millrace/core'
import { type SourceContext, sourceContract } from '@millrace/core/connector'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { cutAfter, cutBefore, refuse } from '../../test/aws/faults.ts'
import { LocalBucket, s3Config } from '../../test/aws/local-bucket.ts'
import { csv } from '../formats/csv.ts'
import { json } from '../formats/json.ts'
import { s3Sink } from './sink.ts'
import { s3Source } from './source.ts'
import type { S3SourceOptions } from './source-options.ts'

interface Row {
  readonly n: number
}

const HOUR = 3_600_000
const FROM = '2026-11-26T22:00Z'
const TO = '2026-11-27T02:00Z'
const context: SourceContext = { operatorId: 'raw', signal: new AbortController().signal }

let proxy: AwsFaultProxy

beforeAll(async () => {
  proxy = await AwsFaultProxy.listen(inject('aws').ministack)
})
afterEach(() => proxy.heal())
afterAll(() => proxy.close())

const created = (): Promise<LocalBucket> => LocalBucket.create(inject('aws').ministack)

function sourceOf(bucket: LocalBucket, options: Partial<S3SourceOptions<Row>> = {}) {
  const config = s3Config(proxy.endpoint)
  const range = { from: FROM, to: TO, layout: 'plain' } as const
  return s3Source<Row>({ bucket: bucket.name, prefix: 'ward/raw', ...range, format: json<Row>(), config, ...options })
}

async function readAll(source: ReturnType<typeof sourceOf>): Promise<number[]> {
  const env = createEnvironment()
  const rows = await env.executeAndCollect(env.fromSource(source, { id: 'raw', onReject: 'count' }))
  return rows.map(({ n }) => n)
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `${JSON.stringify({ n: from + i })}\n`).join('')

describe('an S3 source', () => {
  for (const [title, extension, pack] of [
    ['of lines', '.ndjson', (text: string) => text],
    ['of compressed lines', '.ndjson.gz', (text: string) => gzipSync(text)],
  ] as const) {
    describe(title, () => {
      const cases = sourceContract<Row>({
        create: async () => {
          const bucket = await created()
          const rows = Array.from({ length: 60 }, (_, n) => (n % 7 === 3 ? `{"broken": ${n}` : `{"n":${n},"ü":"é"}`))
          await bucket.put(`ward/raw/2026/11/26/22/a${extension}`, pack(`${rows.join('\r\n')}\n\n`))
          await bucket.put(`ward/raw/2026/11/26/22/b${extension}`, pack(`not json\n${rows.slice(0, 9).join('\n')}`))
          await bucket.put(`ward/raw/2026/11/27/00/empty${extension}`, '')
          return {
            source: sourceOf(bucket, { chunkBytes: 17 }),
            expected: { [`ward/raw/2026/11/27/00/empty${extension}`]: [] },
          }
        },
      })
      for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)
    })
  }

  describe('of CSV', () => {
    const cases = sourceContract({
      create: async () => {
        const bucket = await created()
        const rows = Array.from({ length: 30 }, (_, n) =>
          n % 5 === 2 ? `${n},only two` : `${n},"a, ""b""\nc",${n / 2}`,
        )
        await bucket.put('ward/raw/2026/11/26/22/a.csv', `n, text, half\n${rows.join('\n')}\n5,"never closed,\n7,x,y`)
        const config = s3Config(proxy.endpoint)
        const range = { from: FROM, to: TO, layout: 'plain' } as const
        return {
          source: s3Source({
            ...{ bucket: bucket.name, prefix: 'ward/raw', ...range, config, chunkBytes: 64 },
            format: csv(),
            map: (row, { line, key }) => ({ ...row, line, key }),
          }),
        }
      },
    })
    for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)
  })

  it('reads what the sink has written, hour by hour, and no other hour', async () => {
    const bucket = await created()
    const times = Array.from({ length: 48 }, (_, hour) => Date.UTC(2026, 10, 26) + hour * HOUR)
    for (const [prefix, layout, gzip] of [
      ['hive', 'hive', true],
      ['plain', 'plain', false],
    ] as const) {
      const config = s3Config(proxy.endpoint)
      const sink = s3Sink<Row>({ bucket: bucket.name, prefix, layout, gzip, format: json<Row>(), config })
      const writer = await sink.open({ operatorId: 'raw', signal: context.signal, restored: false })
      await writer.recover?.([], undefined)
      const rows = times.map((_, n) => ({ n }))
      await writer.write([...rows, ...rows], [...times, ...times])
      await writer.commit?.(await writer.prepareCommit?.(1))
      await writer.close?.()
      const listed = proxy.calls('ListObjectsV2')
      expect((await readAll(sourceOf(bucket, { prefix, layout }))).toSorted()).toEqual([22, 22, 23, 23, 24, 24, 25, 25])
      expect(proxy.calls('ListObjectsV2') - listed).toBe(4)
      const day = { from: Date.UTC(2026, 10, 27), to: new Date('2026-11-28T00:00Z') }
      expect(await readAll(sourceOf(bucket, { prefix, layout, ...day }))).toHaveLength(48)
      expect(proxy.calls('ListObjectsV2') - listed).toBe(5)
    }
  })

  it('ends at once where there is nothing', async () => {
    expect(await readAll(sourceOf(await created()))).toEqual([])
  })

  it('takes only names that end as it was told to, and goes through pages of a listing', async () => {
    const bucket = await created()
    for (const n of [1, 2, 3]) await bucket.put(`ward/raw/2026/11/26/23/${n}.ndjson`, lines(n, n + 1))
    await bucket.put('ward/raw/2026/11/26/23/_SUCCESS', 'no row')
    expect((await readAll(sourceOf(bucket, { extensions: ['.ndjson'] }))).toSorted()).toEqual([1, 2, 3])
  })

  it('outlasts a store that slows it down, is unavailable or cuts connections', async () => {
    const bucket = await created()
    await bucket.put('ward/raw/2026/11/26/22/a.ndjson', lines(0, 1_000))
    await bucket.put('ward/raw/2026/11/26/23/b.ndjson.gz', gzipSync(lines(1_000, 2_000)))
    for (const operation of ['ListObjectsV2', 'HeadObject', 'GetObject']) {
      proxy.plan(operation, refuse(503, 'SlowDown'))
      proxy.plan(operation, cutBefore())
      proxy.plan(operation, cutAfter())
    }
    const seen = await readAll(sourceOf(bucket, { chunkBytes: 1_000 }))
    expect(seen.toSorted((a, b) => a - b)).toEqual([...Array(2_000).keys()])
  })

  it('refuses an object that was written over, or is gone, since its reading began', async () => {
    for (const name of ['a.ndjson', 'a.ndjson.gz']) {
      const bucket = await created()
      const key = `ward/raw/2026/11/26/22/${name}`
      const pack = (text: string) => (name.endsWith('.gz') ? gzipSync(text, { level: 0 }) : text)
      await bucket.put(key, pack(lines(0, 100_000)))
      const source = sourceOf(bucket, { chunkBytes: 10_000 })
      const reader = source.createReader(context)
      const split = await reader.openSplit({ id: key }, undefined)
      const { start } = split
      const first = await split.read(10)
      expect(first?.values).toHaveLength(10)
      await bucket.put(key, pack(lines(1, 100_001)))
      const toEnd = async (): Promise<void> => {
        while ((await split.read(10_000)) !== undefined);
      }
      await expect(toEnd()).rejects.toMatchObject({ code: 'S3_OBJECT_CHANGED' })
      for (const position of [start, first?.position]) {
        await expect(reader.openSplit({ id: key }, position)).rejects.toMatchObject({ code: 'S3_OBJECT_CHANGED' })
      }
      await expect(reader.openSplit({ id: `${key}.gone` }, undefined)).rejects.toMatchObject({ code: 'S3_OBJECT_GONE' })
      await split.close?.()
      await reader.close?.()
    }
  })

  it('refuses what is no gzip, or cut off', async () => {
    const bucket = await created()
    const key = 'ward/raw/2026/11/26/22/a.ndjson.gz'
    for (const bytes of [Buffer.from(lines(0, 9)), gzipSync(lines(0, 9)).subarray(0, -9)]) {
      await bucket.put(key, bytes)
      await expect(readAll(sourceOf(bucket))).rejects.toMatchObject({ cause: { code: 'S3_OBJECT_DAMAGED' } })
    }
  })
})
