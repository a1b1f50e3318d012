/**
 * A request that failed, in one vocabulary for all clients: Kafka's own name of the error, or one of ours where no broker has
 * answered.
 *
 * `UNREACHABLE`: no connection could be made. `CONNECTION_LOST`: it broke before the answer, so that the request may have been
 * carried out. `REQUEST_TIMEOUT`: no answer in time; as before. `AUTHENTICATION`: the broker does not accept who we say we are.
 * `CLOSED`: the client was closed. `UNSUPPORTED`: the client or the broker cannot do it. `UNKNOWN`: anything else.
 */
export class KafkaFault extends Error {
  /** `NOT_LEADER_OR_FOLLOWER`, or one of the names above. */
  readonly fault: string

  constructor(fault: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'KafkaFault'
    this.fault = fault
  }
}

/** What helps against a fault: asking again, asking another broker (metadata are stale), or nothing that a client can do. */
export type Remedy = 'again' | 'refresh' | 'none'

/** Names that are not here have no remedy. https://kafka.apache.org/protocol#protocol_error_codes */
const REMEDIES: Readonly<Record<string, Remedy>> = {
  UNREACHABLE: 'refresh',
  CONNECTION_LOST: 'refresh',
  REQUEST_TIMEOUT: 'refresh',
  // As a client sees them that was told of a topic or a leader before all brokers were.
  UNKNOWN_TOPIC_OR_PARTITION: 'refresh',
  UNKNOWN_TOPIC_ID: 'refresh',
  LEADER_NOT_AVAILABLE: 'refresh',
  NOT_LEADER_OR_FOLLOWER: 'refresh',
  REPLICA_NOT_AVAILABLE: 'refresh',
  FENCED_LEADER_EPOCH: 'refresh',
  UNKNOWN_LEADER_EPOCH: 'refresh',
  OFFSET_NOT_AVAILABLE: 'refresh',
  KAFKA_STORAGE_ERROR: 'refresh',
  COORDINATOR_NOT_AVAILABLE: 'refresh',
  NOT_COORDINATOR: 'refresh',
  BROKER_NOT_AVAILABLE: 'refresh',
  NETWORK_EXCEPTION: 'refresh',
  COORDINATOR_LOAD_IN_PROGRESS: 'again',
  CONCURRENT_TRANSACTIONS: 'again',
  REQUEST_TIMED_OUT: 'again',
  NOT_ENOUGH_REPLICAS: 'again',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'again',
  CORRUPT_MESSAGE: 'again',
  THROTTLING_QUOTA_EXCEEDED: 'again',
  UNSTABLE_OFFSET_COMMIT: 'again',
}

export function remedyOf(fault: string): Remedy {
  return REMEDIES[fault] ?? 'none'
}
