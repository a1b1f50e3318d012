import { type Duration, parseDuration, parsePositiveDuration } from './duration.ts'

/** Reads a record's event time, in ms since 1970 UTC. Must depend on the record alone. */
export type TimestampAssigner<T> = (value: T) => number

/**
 * How a stream's records get their time and how far behind the newest of them its watermark is held. Immutable; each of
 * the methods gives a changed copy. The running part is a `SplitWatermark`, one a split.
 */
export interface WatermarkStrategy<T> {
  /** The watermark is the greatest timestamp so far, less this, less 1 ms. */
  readonly outOfOrdernessMs: number
  readonly idleAfterMs: number | undefined
  readonly maxFutureMs: number | undefined
  readonly timestampOf: TimestampAssigner<T> | undefined
  readonly receivedAtOf: TimestampAssigner<T> | undefined

  /** Where a record's event time stands. A value that is not a finite number fails with CORE_TIMESTAMP_INVALID. */
  timestamp<U extends T>(timestampOf: TimestampAssigner<U>): WatermarkStrategy<U>
  /** Where the time stands at which a record was received, in ms: drives the job's clock in a replay. */
  receivedAt<U extends T>(receivedAtOf: TimestampAssigner<U>): WatermarkStrategy<U>
  /** A split that has given nothing for this long, by the job's clock, no longer holds the watermark back. */
  idleAfter(duration: Duration): WatermarkStrategy<T>
  /**
   * A timestamp further ahead of the job's clock than this moves neither the watermark nor the clock: one device with a
   * wrong clock cannot make everyone else's readings late. The record itself goes on. Counted as `futureTimestamps`.
   */
  maxFuture(duration: Duration): WatermarkStrategy<T>
}

/**
 * For records that come at most this much later, in event time, than a newer one: those that come later still are late.
 *
 * @example
 * ```ts
 * import { boundedOutOfOrderness } from '@millrace/core'
 * boundedOutOfOrderness('5s').outOfOrdernessMs // => 5_000
 * ```
 */
export function boundedOutOfOrderness<T = unknown>(maxDelay: Duration): WatermarkStrategy<T> {
  return new Strategy<T>({ outOfOrdernessMs: parseDuration(maxDelay, 'the out-of-orderness') })
}

/** For records whose timestamps never go back within a split. */
export function monotonousTimestamps<T = unknown>(): WatermarkStrategy<T> {
  return new Strategy<T>({ outOfOrdernessMs: 0 })
}

interface Settings<T> {
  readonly outOfOrdernessMs: number
  readonly idleAfterMs?: number
  readonly maxFutureMs?: number
  readonly timestampOf?: TimestampAssigner<T>
  readonly receivedAtOf?: TimestampAssigner<T>
}

class Strategy<T> implements WatermarkStrategy<T> {
  readonly #settings: Settings<T>

  constructor(settings: Settings<T>) {
    this.#settings = settings
  }

  get outOfOrdernessMs(): number {
    return this.#settings.outOfOrdernessMs
  }
  get idleAfterMs(): number | undefined {
    return this.#settings.idleAfterMs
  }
  get maxFutureMs(): number | undefined {
    return this.#settings.maxFutureMs
  }
  get timestampOf(): TimestampAssigner<T> | undefined {
    return this.#settings.timestampOf
  }
  get receivedAtOf(): TimestampAssigner<T> | undefined {
    return this.#settings.receivedAtOf
  }

  timestamp<U extends T>(timestampOf: TimestampAssigner<U>): WatermarkStrategy<U> {
    return this.#with<U>({ timestampOf })
  }

  receivedAt<U extends T>(receivedAtOf: TimestampAssigner<U>): WatermarkStrategy<U> {
    return this.#with<U>({ receivedAtOf })
  }

  idleAfter(duration: Duration): WatermarkStrategy<T> {
    return this.#with<T>({ idleAfterMs: parsePositiveDuration(duration, 'idleAfter') })
  }

  maxFuture(duration: Duration): WatermarkStrategy<T> {
    return this.#with<T>({ maxFutureMs: parseDuration(duration, 'maxFuture') })
  }

  #with<U extends T>(change: Partial<Settings<U>>): WatermarkStrategy<U> {
    return new Strategy<U>({ ...(this.#settings as unknown as Settings<U>), ...change })
  }
}
