import { sinkContract } from '@millrace/core/connector'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { clientConfig } from '../../test/aws/client-config.ts'
import { LocalKinesis } from '../../test/kinesis/local-kinesis.ts'
import { json } from '../formats/json.ts'
import { kinesisSink } from './sink.ts'

let kinesis: LocalKinesis
beforeAll(async () => {
  kinesis = await LocalKinesis.start()
})
afterAll(() => kinesis.close())

for (const order of ['key', 'none'] as const) {
  describe(`a Kinesis sink, order: ${order}`, () => {
    let streams = 0
    const cases = sinkContract<{ n: number; text: string }>({
      create: async () => {
        const stream = `contract-${order}-${streams++}`
        await kinesis.createStream(stream, 3)
        return {
          sink: kinesisSink({
            stream,
            format: json<{ n: number; text: string }>(),
            partitionKey: ({ n }) => `p-${n % 600}`,
            order,
            config: clientConfig(kinesis.endpoint),
          }),
          read: async () => (await kinesis.readAll(stream)).map(({ data }): unknown => JSON.parse(data.toString())),
        }
      },
      record: (n) => ({ n, text: 'é'.repeat(n % 50) }),
    })
    for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)
  })
}
