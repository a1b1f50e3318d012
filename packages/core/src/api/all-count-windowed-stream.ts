import type { Aggregates } from '../functions/aggregate-function.ts'
import type { CountWindowResult } from '../operators/windows/count-window.ts'
import type { WindowFunction } from '../operators/windows/window-function.ts'
import { type AllCountWindowResult, type ONE_KEY, withoutKey } from '../operators/windows/without-key.ts'
import type { CountWindowedStream } from './count-windowed-stream.ts'
import type { DataStream } from './data-stream.ts'
import type { StepOptions } from './graph-builder.ts'
import { windowFunctionArgument } from './window-function-argument.ts'

/** Records of a whole stream in windows of so many of them, without a key. Otherwise as `CountWindowedStream`. Immutable. */
export class AllCountWindowedStream<T> {
  readonly #windows: CountWindowedStream<T, typeof ONE_KEY>

  constructor(windows: CountWindowedStream<T, typeof ONE_KEY>) {
    this.#windows = windows
  }

  /** One result a window: `{ ...results }`, or what a window function makes of that. */
  aggregate<A extends Aggregates<T>, R = AllCountWindowResult<A>>(
    aggregates: A,
    windowFunction?: WindowFunction<never, AllCountWindowResult<A>, R> | StepOptions,
    options?: StepOptions,
  ): DataStream<R> {
    const { fn, step } = windowFunctionArgument(windowFunction, options)
    const bare = withoutKey<CountWindowResult<typeof ONE_KEY, A>, AllCountWindowResult<A>, R>(fn)
    return this.#windows.aggregate(aggregates, bare, step)
  }

  /** A window's records taken together two by two, or what a window function makes of what they come to. */
  reduce<R = T>(
    reduce: (a: T, b: T) => T,
    windowFunction?: WindowFunction<never, T, R> | StepOptions,
    options?: StepOptions,
  ): DataStream<R> {
    const { fn, step } = windowFunctionArgument(windowFunction, options)
    return this.#windows.reduce(reduce, fn as WindowFunction<typeof ONE_KEY, T, R> | undefined, step)
  }

  /** What a function makes of a window's records. */
  process<R>(windowFunction: WindowFunction<never, readonly T[], R>, options?: StepOptions): DataStream<R> {
    return this.#windows.process(windowFunction as WindowFunction<typeof ONE_KEY, readonly T[], R>, options)
  }
}
