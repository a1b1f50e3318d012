import { KafkaBroker } from '../../packages/connectors/test/kafka/kafka-broker.ts'
import type { Surroundings } from '../harness/benchmark.ts'

const ADDRESS = 'MILLRACE_BENCH_KAFKA'

/** A Kafka of its own, from packages; or the one whose address the environment names, which stays. */
export async function kafka(): Promise<Surroundings> {
  if (process.env[ADDRESS] !== undefined) return { close: async () => {} }
  const broker = await KafkaBroker.start({ heap: '1g' })
  process.env[ADDRESS] = broker.bootstrap.join(',')
  return { close: () => broker.close() }
}

export function brokers(): string[] {
  const addresses = process.env[ADDRESS]
  if (addresses === undefined) throw new Error(`${ADDRESS} is not set: run it by npm run bench`)
  return addresses.split(',')
}
