import { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
import { KafkaFault } from './client/kafka-fault.ts'

const CODES: Readonly<Record<string, ConnectorErrorCode>> = {
  UNREACHABLE: 'KAFKA_UNREACHABLE',
  CONNECTION_LOST: 'KAFKA_UNREACHABLE',
  REQUEST_TIMEOUT: 'KAFKA_UNREACHABLE',
  AUTHENTICATION: 'KAFKA_AUTHENTICATION_FAILED',
  SASL_AUTHENTICATION_FAILED: 'KAFKA_AUTHENTICATION_FAILED',
  UNSUPPORTED_SASL_MECHANISM: 'KAFKA_AUTHENTICATION_FAILED',
  ILLEGAL_SASL_STATE: 'KAFKA_AUTHENTICATION_FAILED',
  TOPIC_AUTHORIZATION_FAILED: 'KAFKA_NOT_AUTHORIZED',
  GROUP_AUTHORIZATION_FAILED: 'KAFKA_NOT_AUTHORIZED',
  CLUSTER_AUTHORIZATION_FAILED: 'KAFKA_NOT_AUTHORIZED',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'KAFKA_NOT_AUTHORIZED',
  UNKNOWN_TOPIC_OR_PARTITION: 'KAFKA_TOPIC_MISSING',
  UNKNOWN_TOPIC_ID: 'KAFKA_TOPIC_MISSING',
  INVALID_TOPIC_EXCEPTION: 'KAFKA_TOPIC_MISSING',
  OFFSET_OUT_OF_RANGE: 'KAFKA_OFFSET_OUT_OF_RANGE',
}

/** The error for a fault that nothing helped against. `what`: what was asked for (`metadata of topic 'vitals'`). */
export function kafkaError(what: string, cause: unknown): MillraceConnectorError {
  if (cause instanceof MillraceConnectorError) return cause
  const fault = cause instanceof KafkaFault ? cause.fault : 'UNKNOWN'
  return new MillraceConnectorError(CODES[fault] ?? 'KAFKA_REQUEST_FAILED', `${what}: ${fault}`, { cause })
}
