import { MillraceConnectorError } from '../errors.ts'
import { KafkaFault } from './client/kafka-fault.ts'
import type { KafkaCommittable } from './committable.ts'
import { kafkaError } from './kafka-error.ts'

/** What a coordinator says of a session or a transaction that is no longer what we took it for. Which of the reasons it was, it does not say. */
const REFUSALS: ReadonlySet<string> = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'TRANSACTIONAL_ID_NOT_FOUND',
  'TRANSACTION_ABORTABLE',
])

/** Longer lists are cut in messages. */
const SHOWN_PARTITIONS = 20

/** Kafka's name of what is behind an error, also where it is wrapped. */
export function faultName(error: unknown): string | undefined {
  if (error instanceof KafkaFault) return error.fault
  return error instanceof MillraceConnectorError ? faultName(error.cause) : undefined
}

export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(faultName(error) ?? '')
}

/**
 * The error for a fault in the middle of a transaction, before it was prepared: nothing is lost, since no checkpoint counts on it.
 * The coordinator says the same of a transaction that took too long and of one whose id was taken by another instance; what tells
 * them apart is how long it was open.
 */
export function failureInTransaction(
  what: string,
  cause: unknown,
  { transactionalId, begunAt, timeoutMs }: { transactionalId: string; begunAt: number; timeoutMs: number },
): Error {
  const fault = faultName(cause)
  if (!isRefusal(cause)) return kafkaError(what, cause)
  const openMs = Date.now() - begunAt
  const said = `${what}, in the transaction of '${transactionalId}': ${fault}`
  // An id that nobody used for days is forgotten (transactional.id.expiration.ms).
  if (openMs > timeoutMs || fault === 'INVALID_PRODUCER_ID_MAPPING') {
    const why = `${said}; it was open for ${openMs} ms, and coordinators abort after ${timeoutMs} ms`
    return new MillraceConnectorError('KAFKA_TRANSACTION_TIMED_OUT', why, { cause })
  }
  return new MillraceConnectorError('KAFKA_FENCED', said, { cause })
}

/** The error for a transaction that a checkpoint counts on, and that cannot be committed. */
export function lostTransaction(lost: KafkaCommittable, timeoutMs: number, cause: unknown): MillraceConnectorError {
  const { transactionalId, checkpointId, records, partitions, preparedAt } = lost
  const shown = partitions
    .slice(0, SHOWN_PARTITIONS)
    .map(
      ({ topic, partition, firstOffset = '?', lastOffset = '?' }) =>
        `${topic}-${partition} ${firstOffset}..${lastOffset}`,
    )
  if (partitions.length > SHOWN_PARTITIONS) shown.push(`${partitions.length - SHOWN_PARTITIONS} partitions more`)
  const age = `${((Date.now() - preparedAt) / 1_000).toFixed(1)} s ago`
  return new MillraceConnectorError(
    'KAFKA_TRANSACTION_LOST',
    `${records} records of checkpoint ${checkpointId} may be lost: the commit of transactional id '${transactionalId}' was refused ` +
      `(${faultName(cause)}); offsets ${shown.join(', ')}; prepared ${age}, with a time-out of ${timeoutMs / 1_000} s`,
    { cause },
  )
}
