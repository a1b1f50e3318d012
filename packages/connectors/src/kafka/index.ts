/**
 * Apache Kafka, by the client that you have: `@platformatic/kafka` or `kafkajs`.
 *
 * Source. Replay: from any offset that the topic still holds; where the next record is gone the job fails, or counts it and goes
 * on. Order: that of each partition. What it never gives: records of aborted transactions, and of open ones until they end. A
 * restart reads again from the offsets of the checkpoint, which no consumer group has a say in. Bounded, where an end is given.
 *
 * Sink. Delivery: exactly once for who reads committed, as one transaction a checkpoint; or at least once. Order: as written, in each
 * partition. What a restart repeats: nothing exactly once, what came after the checkpoint at least once. It has to be back within
 * the time-out of transactions; if it is not, it says what may be lost, and stops.
 */
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export type { KafkaClientFactory, KafkaConnection, KafkaSasl } from './client/client-factory.ts'
export { kafkaJs } from './client/kafka-js/kafka-js.ts'
export type { KafkaJsInstance } from './client/kafka-js/library.ts'
export { type PlatformaticOptions, platformatic } from './client/platformatic/platformatic.ts'
export type { KafkaConnectionOptions } from './connection-options.ts'
export { kafkaSink } from './sink.ts'
export type { KafkaBatchOptions, KafkaHeaders, KafkaSinkOptions } from './sink-options.ts'
export { kafkaSource } from './source.ts'
export type { KafkaEnd, KafkaFetchOptions, KafkaRecordInfo, KafkaSourceOptions, KafkaStart } from './source-options.ts'
