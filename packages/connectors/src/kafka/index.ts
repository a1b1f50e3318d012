/**
 * Apache Kafka, by the client that you have: `@platformatic/kafka` or `kafkajs`.
 */
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export type { KafkaClientFactory, KafkaConnection, KafkaSasl } from './client/client-factory.ts'
export { type PlatformaticOptions, platformatic } from './client/platformatic/platformatic.ts'
