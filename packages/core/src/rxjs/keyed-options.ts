import type { DataStream } from '../api/data-stream.ts'
import type { KeyedStream } from '../api/keyed-stream.ts'
import type { Key } from '../elements/key.ts'
import type { KeySelector } from '../operators/operator.ts'
import type { Duration } from '../time/duration.ts'
import { boundedOutOfOrderness } from '../time/watermark-strategy.ts'
import type { ThroughOptions } from './through.ts'

/** What operators ask for that work key by key. */
export interface KeyedOptions<T, K extends Key> extends ThroughOptions {
  /** Whose a value is. What it keeps for a key goes when there is nothing left to keep: no group stays open. */
  readonly key: KeySelector<T, K>
}

/** What operators ask for that work key by key in event time. */
export interface EventTimeOptions<T, K extends Key> extends KeyedOptions<T, K> {
  /** Event time, ms since 1970 UTC. */
  readonly timestamp: (value: T) => number
  /** How much later than a newer value one may come and still count. Default 0: values come in the order of their times. */
  readonly maxDelay?: Duration
  /** Is given each value that came too late to count. In any case they are counted: `late`, see `watch`. */
  readonly onLate?: (value: T) => void
}

/** The values by key, with their event time where they have one. @throws CORE_DURATION_INVALID */
export function keyedStream<T, K extends Key>(
  stream: DataStream<T>,
  { key, timestamp, maxDelay = 0 }: KeyedOptions<T, K> & Partial<EventTimeOptions<T, K>>,
): KeyedStream<T, K> {
  const timed = timestamp === undefined ? stream : stream.assignTimestamps(timestamp, boundedOutOfOrderness(maxDelay))
  return timed.keyBy(key)
}
