import type { Sink, SinkContext, SinkWriter } from '@millrace/core/connector'
import { circuitBreaker } from '../calls/circuit-breaker.ts'
import { MillraceConnectorError } from '../errors.ts'
import { KafkaFault } from './client/kafka-fault.ts'
import { KafkaCluster } from './cluster.ts'
import { clusterRoutes } from './cluster-routes.ts'
import { idempotentDelivery } from './idempotent-delivery.ts'
import { Producer } from './producer.ts'
import { RecordEncoder } from './record-encoder.ts'
import type { SinkDelivery } from './sink-delivery.ts'
import { type KafkaSinkOptions, type ParsedKafkaSink, parseKafkaSink } from './sink-options.ts'
import { KafkaSinkWriter } from './sink-writer.ts'
import { TransactionCommitter } from './transaction-committer.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'
import { TransactionPool } from './transaction-pool.ts'
import { TransactionalDelivery } from './transactional-delivery.ts'

/** For a checkpoint to be stored and committed, beside the interval. */
const CHECKPOINT_MS = 10_000
/** Requests in a row that no broker answered, after which one at a time is tried. */
const BREAKER = { opensAfter: 5, halfOpenAfterMs: 1_000 }

/**
 * Writes records to topics: exactly once for those who read committed, or at least once.
 *
 * Exactly once, what is written between two checkpoints is a transaction, which becomes visible when its checkpoint is durable
 * (decision 0034). It holds for a job that is back, and has committed, before `transactionTimeout` is over; later it fails with
 * KAFKA_TRANSACTION_LOST rather than lose records in silence. A topic cannot be taken back: going on from a checkpoint that is not
 * the newest writes again.
 *
 * Metrics: counters `batches`, `bytesOut`, `retries`, `lostTransactions`, `lostRecords`; gauges `inFlight` (requests), `bufferedBytes`,
 * `circuitOpen`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, KAFKA_UNREACHABLE,
 * KAFKA_AUTHENTICATION_FAILED, KAFKA_NOT_AUTHORIZED, KAFKA_TOPIC_MISSING, KAFKA_RECORD_TOO_LARGE, KAFKA_FENCED,
 * KAFKA_TRANSACTION_LOST, KAFKA_TRANSACTION_TIMED_OUT, KAFKA_TRANSACTION_TIMEOUT_INVALID, KAFKA_REQUEST_FAILED, and what the format
 * throws.
 */
export function kafkaSink<T>(options: KafkaSinkOptions<T>): Sink<T> {
  const parsed = parseKafkaSink(options)
  return {
    kind: 'kafka',
    delivery: parsed.delivery,
    open: (context) => openWriter(parsed, context),
  }
}

async function openWriter<T>(options: ParsedKafkaSink<T>, context: SinkContext): Promise<SinkWriter<T>> {
  if (options.delivery === 'exactly-once') checkTimeout(options.transactionTimeoutMs, context)
  const closing = new AbortController()
  const codec = await options.format.openCodec({ signal: closing.signal })
  const cluster = await KafkaCluster.open(options.connection, context.signal, context.metrics)
  try {
    await reach(cluster, options)
    const delivery = await openDelivery(cluster, options, context)
    const breaker = circuitBreaker({ what: `the brokers of sink '${context.operatorId}'`, isFailure: isDown }, BREAKER)
    const producer = new Producer(options.producer, {
      client: cluster.client,
      routes: clusterRoutes(cluster),
      breaker,
      metrics: context.metrics,
      failure: (what, fault) => delivery.failure(what, fault),
    })
    const encoder = new RecordEncoder(options, codec)
    return new KafkaSinkWriter({ operatorId: context.operatorId, cluster, encoder, producer, delivery, closing })
  } catch (error) {
    closing.abort()
    await cluster.close()
    throw error
  }
}

/** That transactions can live until they are committed. */
function checkTimeout(timeoutMs: number, { checkpointEveryMs, bounded }: SinkContext): void {
  if (checkpointEveryMs !== undefined && checkpointEveryMs + CHECKPOINT_MS >= timeoutMs) {
    throw new MillraceConnectorError(
      'KAFKA_TRANSACTION_TIMEOUT_INVALID',
      `transactionTimeout is ${timeoutMs} ms, and checkpoints come every ${checkpointEveryMs} ms: there are not ${CHECKPOINT_MS} ms between`,
    )
  }
  if (checkpointEveryMs === undefined && bounded === false) {
    throw new MillraceConnectorError(
      'KAFKA_TRANSACTION_TIMEOUT_INVALID',
      'the job has no end and no interval of checkpoints: its first transaction would be open until it is aborted',
    )
  }
}

/** Within the time for one connection; and that the topic is there, where it is the same for all records. */
async function reach<T>(cluster: KafkaCluster, { connection, topic }: ParsedKafkaSink<T>): Promise<void> {
  const topics = typeof topic === 'string' ? [topic] : []
  const { connectTimeoutMs } = connection.connection
  await cluster.call(
    'metadata of the cluster',
    () => cluster.client.metadata(topics),
    () => {},
    connectTimeoutMs,
  )
  if (typeof topic === 'string') await cluster.topic(topic)
}

async function openDelivery<T>(
  cluster: KafkaCluster,
  options: ParsedKafkaSink<T>,
  { operatorId, metrics, isTaken }: SinkContext,
): Promise<SinkDelivery> {
  const coordinator = new TransactionCoordinator(cluster, options.transactionTimeoutMs)
  const committer = new TransactionCommitter(coordinator, options.onLostTransaction, metrics)
  if (options.delivery === 'at-least-once') return idempotentDelivery(cluster, committer)
  const prefix = `${options.transactionalIdPrefix}-${operatorId}`
  return new TransactionalDelivery(new TransactionPool(prefix, coordinator, committer, isTaken), coordinator)
}

function isDown(error: unknown): boolean {
  return error instanceof KafkaFault && ['UNREACHABLE', 'CONNECTION_LOST', 'REQUEST_TIMEOUT'].includes(error.fault)
}
