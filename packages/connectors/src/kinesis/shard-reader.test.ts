import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis'
import { expect, test } from 'vitest'
import type { FeedAnswer } from '../aws/shards/shard-feed.ts'
import { text } from '../formats/text.ts'
import { ShardReader } from './shard-reader.ts'

/** A shard of one-letter records whose feed gives answers of four, and says how often it was asked. */
async function opened() {
  let asked = 0
  const next = async (): Promise<FeedAnswer<KinesisRecord> | undefined> => {
    const first = 4 * asked++
    if (first >= 8) return undefined
    const records = [0, 1, 2, 3].map((n) => ({
      SequenceNumber: String(first + n),
      PartitionKey: 'p',
      Data: Buffer.from(String(first + n)),
      ApproximateArrivalTimestamp: undefined,
    }))
    return { records, behindMs: 0 }
  }
  const split = { id: 'shard-0', isInitial: true, hashKeys: ['0', '1'] as const }
  const reader = await ShardReader.open<string, string>(split, 'trim-horizon', false, {
    stream: 's',
    codec: await text().openCodec({ signal: new AbortController().signal }),
    options: { map: undefined, outsideShard: 'keep', onLostRecords: 'fail' },
    metrics: undefined,
    openFeed: async () => ({ next, close: () => undefined }),
    isBehind: () => undefined,
  })
  return { reader, asked: () => asked }
}

test('asks for more while the job still has half of what came, and holds no more than that', async () => {
  const { reader, asked } = await opened()
  expect((await reader.read(1))?.values).toEqual(['0'])
  expect(asked()).toBe(1)
  expect((await reader.read(1))?.values).toEqual(['1'])
  expect(asked()).toBe(2)
  expect((await reader.read(2))?.values).toEqual(['2', '3'])
  expect(asked()).toBe(2)
  expect(await reader.read(100)).toEqual({
    values: ['4', '5', '6', '7'],
    position: { sequenceNumber: '7' },
  })
  expect(await reader.read(100)).toBeUndefined()
})
