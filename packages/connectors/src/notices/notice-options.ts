import type { Duration } from '@millrace/core/connector'
import { durationMs, functionOption, invalidOption, oneOf, wholeNumber } from '../option-checks.ts'
import type { UndeliveredNotice } from './notice.ts'
import type { Recipient } from './recipient.ts'

export interface NoticeOptions<T> {
  /** Who is told of a record. Those that are unconfirmed or suspended get nothing, and are counted as `withheld`. */
  readonly recipients: readonly Recipient[] | ((record: T) => readonly Recipient[])
  /**
   * What a record tells, by its identity (an alarm's id): 1 to 200 ASCII characters without a space. A notice is sent at least once, and each
   * time with this key.
   */
  readonly key: (record: T) => string
  /** Tries under way at a time, over all recipients; each has one. Default 16. */
  readonly inFlight?: number
  /** How long one try may take. Default 10 s. */
  readonly requestTimeout?: Duration
  /** How long a notice is tried, with growing pauses. Default 5 m. */
  readonly retryFor?: Duration
  /**
   * What a checkpoint waits for deliveries; what is left then stands in the checkpoint and is tried on, so a channel that is down holds up
   * nothing. A job whose sources all end waits for `retryFor`: nobody goes on with what is left. Default 1 s.
   */
  readonly checkpointWait?: Duration
  /** What happens with a notice that nothing helps: `continue` counts it as `undelivered` and tells `onUndelivered`. Default `continue`. */
  readonly whenUndelivered?: 'continue' | 'fail'
  readonly onUndelivered?: (notice: UndeliveredNotice) => void
  /** What may wait in memory to be delivered before the job waits. Default 32 MiB. */
  readonly maxBufferedBytes?: number
}

export interface ParsedNotices<T> {
  readonly recipients: (record: T) => readonly Recipient[]
  readonly key: (record: T) => string
  readonly inFlight: number
  readonly requestTimeoutMs: number
  readonly retryForMs: number
  readonly checkpointWaitMs: number
  readonly whenUndelivered: 'continue' | 'fail'
  readonly onUndelivered: ((notice: UndeliveredNotice) => void) | undefined
  readonly maxBufferedBytes: number
}

export const NOTICE_OPTIONS: readonly (keyof NoticeOptions<unknown>)[] = [
  'recipients',
  'key',
  'inFlight',
  'requestTimeout',
  'retryFor',
  'checkpointWait',
  'whenUndelivered',
  'onUndelivered',
  'maxBufferedBytes',
]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseNotices<T>(options: NoticeOptions<T>): ParsedNotices<T> {
  const { recipients, key } = options
  if (typeof recipients !== 'function' && !Array.isArray(recipients)) {
    throw invalidOption('recipients', 'is neither a list nor a function of a record')
  }
  if (typeof key !== 'function') throw invalidOption('key', 'is no function of a record')
  return {
    recipients: typeof recipients === 'function' ? recipients : () => recipients,
    key,
    inFlight: wholeNumber('inFlight', options.inFlight ?? 16, 1, 1_000),
    requestTimeoutMs: durationMs('requestTimeout', options.requestTimeout ?? '10s', 1),
    retryForMs: durationMs('retryFor', options.retryFor ?? '5m'),
    checkpointWaitMs: durationMs('checkpointWait', options.checkpointWait ?? '1s'),
    whenUndelivered: oneOf('whenUndelivered', options.whenUndelivered ?? 'continue', ['continue', 'fail']),
    onUndelivered: functionOption('onUndelivered', options.onUndelivered),
    maxBufferedBytes: wholeNumber('maxBufferedBytes', options.maxBufferedBytes ?? 32 * 1024 * 1024, 1, 2 ** 34),
  }
}
