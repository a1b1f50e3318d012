import { checkFunction, checkObject } from '../elements/check-given.ts'
import { MillraceError } from '../errors.ts'
import { type Duration, parseDuration, parsePositiveDuration } from './duration.ts'
import type { WatermarkGenerator } from './watermark-generator.ts'

/** Reads a record's event time, in ms since 1970 UTC. Must depend on the record alone. */
export type TimestampAssigner<T> = (value: T) => number

/**
 * How a stream's records get their time and how its watermark is made of them. Immutable; each of the methods gives a changed
 * copy. What runs is made of it once a split, and again after each restart.
 */
export interface WatermarkStrategy<T> {
  /** The watermark is the greatest timestamp so far, less this, less 1 ms; infinity for none. Where there is no generator. */
  readonly outOfOrdernessMs: number
  readonly generator: WatermarkGenerator<T, unknown> | undefined
  readonly alignment: WatermarkAlignment | undefined
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
  /**
   * Holds the splits that name the same group, of one source or of several, near to each other in event time: one whose
   * watermark is more than `maxDrift` ahead of the least of the group is not read until the others have caught up, so that
   * steps behind them need not keep what one gives long before the rest. A split that has not begun holds the group; one that is
   * idle or has ended does not: give `idleAfter` too where splits may fall silent. Counted as `alignmentPauses` and
   * `alignmentPausedMs`. For live jobs; a replay reads in the order of time anyway, and does not pause.
   *
   * @throws CORE_OPTION_INVALID for a group without a name, or a strategy without watermarks.
   */
  alignedWith(group: string, maxDrift: Duration): WatermarkStrategy<T>
}

/** With which splits one keeps step, and how far it may run ahead. See `alignedWith`. */
export interface WatermarkAlignment {
  readonly group: string
  readonly maxDriftMs: number
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

/**
 * For streams in which a record itself says how far they are: the function gives the watermark after a record, or `undefined`
 * where the record says nothing. It never goes back. Called once a record, in their order; must depend on it alone.
 *
 * @example
 * ```ts
 * import { count, createEnvironment, punctuatedWatermarks, tumblingEventTimeWindows } from '@millrace/core'
 *
 * interface Reading {
 *   readonly time: number
 *   readonly completeUpTo?: number // said by the gateway: nothing older will follow
 * }
 *
 * const watermarks = punctuatedWatermarks((reading: Reading) => reading.completeUpTo)
 * const windows = await createEnvironment()
 *   .fromArray<Reading>([{ time: 5 }, { time: 25, completeUpTo: 9 }, { time: 3 }, { time: 12 }])
 *   .assignTimestamps((reading) => reading.time, watermarks)
 *   .keyBy(() => 'all')
 *   .window(tumblingEventTimeWindows(10))
 *   .aggregate({ readings: count() })
 *   .map(({ window, readings }) => `${window.start}: ${readings}`)
 *   .executeAndCollect()
 * windows // => ['0: 1', '10: 1', '20: 1']
 * ```
 */
export function punctuatedWatermarks<T>(
  watermarkOf: (value: T, timestamp: number) => number | undefined,
): WatermarkStrategy<T> {
  checkFunction(watermarkOf, 'the function of punctuatedWatermarks')
  return customWatermarks<T, null>({
    name: 'punctuated',
    create: () => null,
    onRecord: (_state, value, timestamp) => watermarkOf(value, timestamp),
  })
}

/**
 * For whatever else can be told from a split's records. The generator's state is kept a split and goes into checkpoints.
 *
 * @throws CORE_OPTION_INVALID where its state is not plain data, or two splits would share it.
 * @example
 * ```ts
 * import { customWatermarks } from '@millrace/core'
 *
 * // A device that says its sequence number: what is complete is known by the gaps.
 * const watermarks = customWatermarks({
 *   name: 'no gaps',
 *   create: () => ({ next: 0, watermark: Number.NEGATIVE_INFINITY }),
 *   onRecord(state, reading: { readonly sequence: number; readonly time: number }) {
 *     if (reading.sequence !== state.next) return undefined
 *     state.next += 1
 *     return reading.time - 1
 *   },
 * })
 * watermarks.generator?.name // => 'no gaps'
 * ```
 */
export function customWatermarks<T, S>(generator: WatermarkGenerator<T, S>): WatermarkStrategy<T> {
  return new Strategy<T>({
    outOfOrdernessMs: Number.POSITIVE_INFINITY,
    generator: checkedGenerator(generator) as WatermarkGenerator<T, unknown>,
  })
}

/**
 * For streams whose event time is of no use before their end: the watermark stands at the first until the input ends, and
 * nothing is late. A bounded source's windows all fire at its end; without end they never do.
 *
 * @example
 * ```ts
 * import { noWatermarks } from '@millrace/core'
 * noWatermarks().outOfOrdernessMs // => Number.POSITIVE_INFINITY
 * ```
 */
export function noWatermarks<T = unknown>(): WatermarkStrategy<T> {
  return new Strategy<T>({ outOfOrdernessMs: Number.POSITIVE_INFINITY })
}

/** Half a line on how a strategy makes its watermarks. */
export function describeWatermarks(strategy: WatermarkStrategy<unknown>): string {
  const { generator, outOfOrdernessMs, alignment } = strategy
  const aligned =
    alignment === undefined ? '' : `, at most ${alignment.maxDriftMs} ms ahead of group '${alignment.group}'`
  if (generator !== undefined) return `watermark ${generator.name}${aligned}`
  if (outOfOrdernessMs === Number.POSITIVE_INFINITY) return 'no watermark before the end'
  return `watermark ${outOfOrdernessMs} ms behind${aligned}`
}

interface Settings<T> {
  readonly outOfOrdernessMs: number
  readonly generator?: WatermarkGenerator<T, unknown>
  readonly alignment?: WatermarkAlignment
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
  get generator(): WatermarkGenerator<T, unknown> | undefined {
    return this.#settings.generator
  }
  get alignment(): WatermarkAlignment | undefined {
    return this.#settings.alignment
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
    checkFunction(timestampOf, 'the function of timestamps')
    return this.#with<U>({ timestampOf })
  }

  receivedAt<U extends T>(receivedAtOf: TimestampAssigner<U>): WatermarkStrategy<U> {
    checkFunction(receivedAtOf, 'the function of receivedAt')
    return this.#with<U>({ receivedAtOf })
  }

  idleAfter(duration: Duration): WatermarkStrategy<T> {
    return this.#with<T>({ idleAfterMs: parsePositiveDuration(duration, 'idleAfter') })
  }

  maxFuture(duration: Duration): WatermarkStrategy<T> {
    return this.#with<T>({ maxFutureMs: parseDuration(duration, 'maxFuture') })
  }

  alignedWith(group: string, maxDrift: Duration): WatermarkStrategy<T> {
    if (typeof group !== 'string' || group === '') {
      throw new MillraceError(
        'CORE_OPTION_INVALID',
        `the group of alignedWith was ${JSON.stringify(group)}; it is a name`,
      )
    }
    if (this.generator === undefined && this.outOfOrdernessMs === Number.POSITIVE_INFINITY) {
      throw new MillraceError(
        'CORE_OPTION_INVALID',
        `alignedWith('${group}') was asked of noWatermarks(): nothing would move`,
      )
    }
    return this.#with<T>({ alignment: { group, maxDriftMs: parseDuration(maxDrift, 'maxDrift') } })
  }

  #with<U extends T>(change: Partial<Settings<U>>): WatermarkStrategy<U> {
    return new Strategy<U>({ ...(this.#settings as unknown as Settings<U>), ...change })
  }
}

function checkedGenerator<T, S>(generator: WatermarkGenerator<T, S>): WatermarkGenerator<T, S> {
  checkObject(generator, 'a watermark generator', ['create', 'onRecord'])
  const { name } = generator
  const first = generator.create()
  if (typeof first === 'object' && first !== null && first === generator.create()) {
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      `the watermarks '${name}' give the same state twice: splits would share it`,
    )
  }
  try {
    structuredClone(first)
  } catch (cause) {
    throw new MillraceError('CORE_OPTION_INVALID', `the state of the watermarks '${name}' is not plain data`, { cause })
  }
  return generator
}
