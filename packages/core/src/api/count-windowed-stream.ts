import type { Key } from '../elements/key.ts'
import type { Aggregates } from '../functions/aggregate-function.ts'
import {
  aggregateCountWindow,
  type CountWindowResult,
  type CountWindows,
  processCountWindow,
  reduceCountWindow,
} from '../operators/windows/count-window.ts'
import type { WindowFunction } from '../operators/windows/window-function.ts'
import type { DataStream } from './data-stream.ts'
import type { StepOptions } from './graph-builder.ts'
import type { KeyedStream } from './keyed-stream.ts'
import { windowFunctionArgument } from './window-function-argument.ts'

/** Records that are gathered in windows of so many of them, key by key, in the order of their arrival. Immutable. */
export class CountWindowedStream<T, K extends Key> {
  readonly #stream: KeyedStream<T, K>
  readonly #windows: CountWindows

  constructor(stream: KeyedStream<T, K>, windows: CountWindows) {
    this.#stream = stream
    this.#windows = windows
  }

  /** One result a window: `{ key, ...results }`, or what a window function makes of that. See `countWindowOperator`. */
  aggregate<A extends Aggregates<T>, R = CountWindowResult<K, A>>(
    aggregates: A,
    windowFunction?: WindowFunction<K, CountWindowResult<K, A>, R> | StepOptions,
    options?: StepOptions,
  ): DataStream<R> {
    const { fn, step } = windowFunctionArgument(windowFunction, options)
    return this.#stream.transform(aggregateCountWindow<T, K, A, R>(this.#windows, aggregates, fn), step)
  }

  /** A window's records taken together two by two, or what a window function makes of what they come to. */
  reduce<R = T>(
    reduce: (a: T, b: T) => T,
    windowFunction?: WindowFunction<K, T, R> | StepOptions,
    options?: StepOptions,
  ): DataStream<R> {
    const { fn, step } = windowFunctionArgument(windowFunction, options)
    return this.#stream.transform(reduceCountWindow<T, K, R>(this.#windows, reduce, fn), step)
  }

  /** What a function makes of a window's records. Here the cost of a record grows with size / slide. */
  process<R>(windowFunction: WindowFunction<K, readonly T[], R>, options?: StepOptions): DataStream<R> {
    return this.#stream.transform(processCountWindow<T, K, R>(this.#windows, windowFunction), options)
  }
}
