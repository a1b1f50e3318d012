import type { OutputTag } from '../elements/output-tag.ts'
import type { Aggregates } from '../functions/aggregate-function.ts'
import type { Evictor } from '../operators/windows/evictors/evictor.ts'
import type { Trigger } from '../operators/windows/triggers/trigger.ts'
import type { WindowFunction } from '../operators/windows/window-function.ts'
import type { WindowResult } from '../operators/windows/window-results.ts'
import { type AllWindowResult, type ONE_KEY, withoutKey } from '../operators/windows/without-key.ts'
import type { StateDescriptors } from '../state/descriptors.ts'
import type { Duration } from '../time/duration.ts'
import type { DataStream } from './data-stream.ts'
import type { StepOptions } from './graph-builder.ts'
import { windowFunctionArgument } from './window-function-argument.ts'
import type { WindowedStream } from './windowed-stream.ts'

/** Records of a whole stream that are gathered in windows, without a key. Otherwise as `WindowedStream`. Immutable. */
export class AllWindowedStream<T> {
  readonly #windows: WindowedStream<T, typeof ONE_KEY>

  constructor(windows: WindowedStream<T, typeof ONE_KEY>) {
    this.#windows = windows
  }

  /** See `WindowedStream.trigger`. */
  trigger<const D extends StateDescriptors>(trigger: Trigger<T, D>): AllWindowedStream<T> {
    return new AllWindowedStream(this.#windows.trigger(trigger))
  }

  /** See `WindowedStream.evictor`. */
  evictor(evictor: Evictor<T>): AllWindowedStream<T> {
    return new AllWindowedStream(this.#windows.evictor(evictor))
  }

  /** See `WindowedStream.allowedLateness`. */
  allowedLateness(allowedLateness: Duration): AllWindowedStream<T> {
    return new AllWindowedStream(this.#windows.allowedLateness(allowedLateness))
  }

  /** See `WindowedStream.sideOutputLateData`. */
  sideOutputLateData(lateOutput: OutputTag<T>): AllWindowedStream<T> {
    return new AllWindowedStream(this.#windows.sideOutputLateData(lateOutput))
  }

  /** One result a window: `{ window, ...results }`, or what a window function makes of that. */
  aggregate<A extends Aggregates<T>, R = AllWindowResult<A>>(
    aggregates: A,
    windowFunction?: WindowFunction<never, AllWindowResult<A>, R> | StepOptions,
    options?: StepOptions,
  ): DataStream<R> {
    const { fn, step } = windowFunctionArgument(windowFunction, options)
    return this.#windows.aggregate(
      aggregates,
      withoutKey<WindowResult<typeof ONE_KEY, A>, AllWindowResult<A>, R>(fn),
      step,
    )
  }

  /** A window's records taken together two by two, or what a window function makes of what they come to. See `WindowedStream.reduce`. */
  reduce<R = T>(
    reduce: (a: T, b: T) => T,
    windowFunction?: WindowFunction<never, T, R> | StepOptions,
    options?: StepOptions,
  ): DataStream<R> {
    const { fn, step } = windowFunctionArgument(windowFunction, options)
    return this.#windows.reduce(reduce, fn as WindowFunction<typeof ONE_KEY, T, R> | undefined, step)
  }

  /** What a function makes of all records of a window. */
  process<R>(windowFunction: WindowFunction<never, readonly T[], R>, options?: StepOptions): DataStream<R> {
    return this.#windows.process(windowFunction as WindowFunction<typeof ONE_KEY, readonly T[], R>, options)
  }
}
