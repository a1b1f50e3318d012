import { sinkContract } from '@millrace/core/connector'
import { describe, it } from 'vitest'
import { ModelKafka } from '../../test/kafka/model-kafka.ts'
import { json } from '../formats/json.ts'
import { kafkaSink } from './sink.ts'

for (const delivery of ['exactly-once', 'at-least-once'] as const) {
  describe(`a Kafka sink, ${delivery}, on a model of Kafka`, () => {
    const cases = sinkContract<{ n: number; text: string }>({
      create: () => {
        const kafka = new ModelKafka({ topics: { out: 3 }, brokers: 2 })
        return {
          sink: kafkaSink({
            brokers: ['model:1'],
            client: { name: 'model', create: async () => kafka.client() },
            topic: 'out',
            format: json<{ n: number; text: string }>(),
            delivery,
            transactionalIdPrefix: 'contract',
          }),
          read: () => kafka.readAll().map((text): unknown => JSON.parse(text)),
        }
      },
      record: (n) => ({ n, text: 'é'.repeat(n % 50) }),
      skips: { 'goes back to an older checkpoint': 'a topic is only ever appended to' },
    })
    for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)
  })
}
