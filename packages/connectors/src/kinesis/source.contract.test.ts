import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { sourceContract } from '@millrace/core/connector'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { clientConfig } from '../../test/aws/client-config.ts'
import { aggregateOf } from '../../test/kinesis/aggregate.ts'
import { LocalKinesis } from '../../test/kinesis/local-kinesis.ts'
import { json } from '../formats/json.ts'
import { kinesisSource } from './source.ts'

let kinesis: LocalKinesis
beforeAll(async () => {
  kinesis = await LocalKinesis.start()
})
afterAll(() => kinesis.close())

const HALVES = ['0', (2n ** 127n).toString()]

/** 12 rows in each of two shards, one of them poison: as they are, or in aggregates of four. */
async function filled(stream: string, isAggregated: boolean): Promise<void> {
  await kinesis.createStream(stream, 2)
  const texts = [...Array(12).keys()].map((n) => (n === 5 ? '{"n":' : JSON.stringify({ n })))
  for (const ExplicitHashKey of HALVES) {
    const datas = isAggregated
      ? await Promise.all(
          [0, 4, 8].map((at) => aggregateOf(texts.slice(at, at + 4).map((data) => ({ key: 'k', data })))),
        )
      : texts.map((text) => Buffer.from(text))
    // One after the other: the service promises no order within a request.
    for (const Data of datas) {
      const Records = [{ Data, PartitionKey: 'a', ExplicitHashKey }]
      await kinesis.client.send(new PutRecordsCommand({ StreamName: stream, Records }))
    }
  }
}

for (const isAggregated of [false, true]) {
  describe(`a Kinesis source of ${isAggregated ? 'aggregates' : 'records'}`, () => {
    let streams = 0
    const rows = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11].map((n) => ({ n }))
    const cases = sourceContract<{ n: number }>({
      create: async () => {
        const stream = `contract-${isAggregated}-${streams++}`
        await filled(stream, isAggregated)
        return {
          source: kinesisSource({
            stream,
            format: json<{ n: number }>(),
            config: clientConfig(kinesis.endpoint),
            poll: { every: 10, spacing: 0 },
          }),
          expected: { 'shardId-000000000000': rows, 'shardId-000000000001': rows },
        }
      },
      rowsPerSplit: 12,
    })
    for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)
  })
}
