import type { TimeWindow } from '../../../elements/time-window.ts'

/** A record of a window, with its timestamp; `NO_TIMESTAMP` where it has none. */
export interface TimestampedElement<T> {
  readonly value: T
  readonly timestamp: number
}

/** What an evictor may ask. Valid only until the call returns. */
export interface EvictorContext {
  readonly window: TimeWindow
  currentWatermark(): number
  /** The job's clock. */
  now(): number
}

/**
 * Takes records out of a window when it fires: before its result is made, or after that. Immutable; it keeps nothing.
 *
 * Both functions are given the window's records in the order of their arrival and return those that stay, in that order; they change
 * nothing of what they are given. What was taken out is gone for good. With an evictor a window keeps every record, also where
 * they are aggregated.
 *
 * @example
 * ```ts
 * import type { Evictor } from '@millrace/core'
 *
 * const noZeros: Evictor<number> = { name: 'no-zeros', evictBefore: (elements) => elements.filter((e) => e.value !== 0) }
 * noZeros.name // => 'no-zeros'
 * ```
 */
export interface Evictor<T> {
  /** What it is, with its numbers. Shown by `explain()`, and part of what a checkpoint is compared with. */
  readonly name: string
  evictBefore?(elements: readonly TimestampedElement<T>[], ctx: EvictorContext): readonly TimestampedElement<T>[]
  evictAfter?(elements: readonly TimestampedElement<T>[], ctx: EvictorContext): readonly TimestampedElement<T>[]
}

/** What the ready-made evictors can be told. */
export interface EvictorOptions {
  /** Takes records out after the result is made instead of before. Default false. */
  readonly after?: boolean
}

/** An evictor of one function, which is called before or after. */
export function evictorOf<T>(
  name: string,
  options: EvictorOptions,
  keep: (elements: readonly TimestampedElement<T>[]) => readonly TimestampedElement<T>[],
): Evictor<T> {
  return Object.freeze(
    options.after === true ? { name: `${name} after`, evictAfter: keep } : { name, evictBefore: keep },
  )
}
