import { missingPrograms } from '../../packages/connectors/test/kafka/install-kafka.ts'
import { KafkaBroker } from '../../packages/connectors/test/kafka/kafka-broker.ts'

/**
 * Calls `use` with the brokers of `KAFKA_BROKERS` (`host:port,host:port`), or with those of a Kafka that is started for it from
 * packages, as `scripts/start-kafka.ts` does, and is gone with it.
 */
export async function withKafka(use: (brokers: readonly string[]) => Promise<void>): Promise<void> {
  const given = process.env.KAFKA_BROKERS
  if (given !== undefined) return use(given.split(','))
  const missing = await missingPrograms()
  if (missing.length > 0) {
    console.error(`This example starts a Kafka, and this machine lacks ${missing.join(', ')}.`)
    console.error('With a Kafka of yours: KAFKA_BROKERS=host:port npm run example kafka')
    process.exitCode = 1
    return
  }
  console.error('Starting a Kafka; the first time its jars are fetched by Maven (43 MB) ...')
  const broker = await KafkaBroker.start()
  try {
    await use(broker.bootstrap)
  } finally {
    await broker.close()
  }
}
