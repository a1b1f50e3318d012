import type { Duration } from '@millrace/core/connector'
import { checkNames, durationMs, wholeNumber } from '../option-checks.ts'

/** What goes into one request, and how many are under way. A request goes when it is full or old enough, or a checkpoint comes. */
export interface AwsBatchOptions {
  /** Entries in a request. Default, and at most, what the service takes. */
  readonly entries?: number
  /** Bytes of them together. Default, and at most, what the service takes. */
  readonly bytes?: number
  /** How long an entry waits for others where a request could go. Default 0: it goes at once, and what comes meanwhile gathers. */
  readonly linger?: Duration
  /** Requests under way at a time. Default 4. */
  readonly inFlight?: number
}

export interface ParsedBatch {
  readonly maxCount: number
  readonly maxBytes: number
  readonly lingerMs: number
  readonly maxInFlight: number
  readonly maxBufferedBytes: number
}

const MIB = 1024 * 1024

/** @throws CONNECTOR_OPTION_INVALID */
export function parseBatch(
  { batch = {}, maxBufferedBytes = 32 * MIB }: { readonly batch?: AwsBatchOptions; readonly maxBufferedBytes?: number },
  most: { readonly entries: number; readonly bytes: number },
): ParsedBatch {
  checkNames('batch', batch, ['entries', 'bytes', 'linger', 'inFlight'])
  return {
    maxCount: wholeNumber('batch.entries', batch.entries ?? most.entries, 1, most.entries),
    maxBytes: wholeNumber('batch.bytes', batch.bytes ?? most.bytes, 1, most.bytes),
    lingerMs: durationMs('batch.linger', batch.linger ?? 0, 0, 60_000),
    maxInFlight: wholeNumber('batch.inFlight', batch.inFlight ?? 4, 1, 1_000),
    maxBufferedBytes: wholeNumber('maxBufferedBytes', maxBufferedBytes, 1, 16 * 1024 * MIB),
  }
}
