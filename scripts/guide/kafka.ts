import { archiveClasses } from '../../packages/connectors/test/kafka/archive-classes.ts'
import { installKafka } from '../../packages/connectors/test/kafka/install-kafka.ts'
import { KafkaBroker } from '../../packages/connectors/test/kafka/kafka-broker.ts'
import { KafkaTopics } from '../../packages/connectors/test/kafka/kafka-topics.ts'
import { KafkaWitness } from '../../packages/connectors/test/kafka/kafka-witness.ts'
import type { GuideTrial } from './trial.ts'

export { missingPrograms as missing } from '../../packages/connectors/test/kafka/install-kafka.ts'

/** Kafka's jars, and the archive with which a node starts in half the time. */
export async function install(signal: AbortSignal): Promise<void> {
  await archiveClasses(await installKafka(signal), signal)
}

/** A Kafka of one node, with readings in a topic, the last of which ends the first window, and a record that is none. */
export async function start(signal: AbortSignal): Promise<GuideTrial> {
  const broker = await KafkaBroker.start({}, signal)
  const topics = await KafkaTopics.open(broker.bootstrap)
  const witness = await KafkaWitness.start(broker.bootstrap, signal)
  // The readings' times are of 1970.
  const kept = { 'retention.ms': '-1' }
  await topics.createNamed('vitals', 1, kept)
  await topics.createNamed('minutes', 1, kept)
  const readings = [
    { patientId: 'p1', time: 1_000, heartRate: 60 },
    { patientId: 'p1', time: 2_000, heartRate: 70 },
    { patientId: 'p1', time: 200_000, heartRate: 80 },
  ]
  const texts = [...readings.map((reading) => JSON.stringify(reading)), 'no reading']
  const messages = texts.map((value) => ({ value }))
  await topics.produce('vitals', messages)
  let seen = 0
  return {
    started: "a Kafka, with readings in the topic 'vitals'",
    env: { KAFKA_BROKERS: broker.bootstrap.join() },
    isComplete: (lines) => lines.length > 0,
    left: async () => {
      const all = (await witness.read('minutes', 'read_committed')).map(({ value }) => String(value))
      const since = all.slice(seen)
      seen = all.length
      return since
    },
    close: async () => {
      await topics.close()
      await witness.close()
      await broker.close()
    },
  }
}
