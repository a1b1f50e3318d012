import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import type { Aggregates } from '../functions/aggregate-function.ts'
import { aggregateWindow } from '../operators/windows/aggregate-window.ts'
import type { WindowAssigner } from '../operators/windows/assigners/window-assigner.ts'
import type { Evictor } from '../operators/windows/evictors/evictor.ts'
import { processWindowOperator } from '../operators/windows/process-window.ts'
import { reduceWindow } from '../operators/windows/reduce-window.ts'
import type { Trigger } from '../operators/windows/triggers/trigger.ts'
import type { WindowFunction } from '../operators/windows/window-function.ts'
import type { WindowStepOptions } from '../operators/windows/window-program.ts'
import type { WindowResult } from '../operators/windows/window-results.ts'
import type { StateDescriptors } from '../state/descriptors.ts'
import type { Duration } from '../time/duration.ts'
import type { PerKeyWatermarks } from '../time/per-key-watermarks.ts'
import type { DataStream } from './data-stream.ts'
import type { StepOptions } from './graph-builder.ts'
import type { KeyedStream } from './keyed-stream.ts'
import { windowFunctionArgument } from './window-function-argument.ts'

/** Records that are gathered in windows, key by key, until something is made of them. Immutable. */
export class WindowedStream<T, K extends Key> {
  readonly #stream: KeyedStream<T, K>
  readonly #assigner: WindowAssigner<T>
  readonly #options: WindowStepOptions<T>

  constructor(stream: KeyedStream<T, K>, assigner: WindowAssigner<T>, options: WindowStepOptions<T> = {}) {
    this.#stream = stream
    this.#assigner = assigner
    this.#options = options
  }

  /** When windows fire, instead of when their assigner says. See `Trigger`. */
  trigger<const D extends StateDescriptors>(trigger: Trigger<T, D>): WindowedStream<T, K> {
    return this.#with({ trigger })
  }

  /** What is taken out of windows that fire. Each window then keeps all of its records. See `Evictor`. */
  evictor(evictor: Evictor<T>): WindowedStream<T, K> {
    return this.#with({ evictor })
  }

  /** How long a window is kept after it has fired; a late record within that fires it again. Default 0. */
  allowedLateness(allowedLateness: Duration): WindowedStream<T, K> {
    return this.#with({ allowedLateness })
  }

  /** Where records go that are late for all of their windows: `getSideOutput(tag)` of the result. */
  sideOutputLateData(lateOutput: OutputTag<T>): WindowedStream<T, K> {
    return this.#with({ lateOutput })
  }

  /** Each key on its own time: what is late, and when windows end, goes by a watermark of its own. See `PerKeyWatermarks`. */
  perKeyWatermarks(perKeyWatermarks: PerKeyWatermarks): WindowedStream<T, K> {
    return this.#with({ perKeyWatermarks })
  }

  /**
   * One result a key and window: `{ key, window, ...results }`, or what a window function makes of that. See `aggregateWindow`.
   */
  aggregate<A extends Aggregates<T>, R = WindowResult<K, A>>(
    aggregates: A,
    windowFunction?: WindowFunction<K, WindowResult<K, A>, R> | StepOptions,
    options?: StepOptions,
  ): DataStream<R> {
    const { fn, step } = windowFunctionArgument(windowFunction, options)
    return this.#stream.transform(aggregateWindow<T, K, A, R>(this.#assigner, aggregates, this.#options, fn), step)
  }

  /**
   * A window's records taken together two by two; or what a window function makes of what they come to.
   *
   * The function has to be associative, and must not change what it is given: windows that overlap share slices, and sessions merge.
   * It does not have to be commutative. Windows that do not overlap take records in the order of their arrival. Of windows that
   * do, records of a slice come in the order of their arrival, and slices in the order of time: where records come in the order
   * of their timestamps that is the same. With an `evictor`, a `trigger` that is not the default or `perKeyWatermarks` each
   * window takes its own records one by one, in the order of their arrival, at a cost that grows with size / slide.
   */
  reduce<R = T>(
    reduce: (a: T, b: T) => T,
    windowFunction?: WindowFunction<K, T, R> | StepOptions,
    options?: StepOptions,
  ): DataStream<R> {
    const { fn, step } = windowFunctionArgument(windowFunction, options)
    return this.#stream.transform(reduceWindow<T, K, R>(this.#assigner, reduce, this.#options, fn), step)
  }

  /** What a function makes of all records of a window, which are kept until then. See `ProcessWindowFunction`. */
  process<R>(windowFunction: WindowFunction<K, readonly T[], R>, options?: StepOptions): DataStream<R> {
    return this.#stream.transform(
      processWindowOperator<T, K, R>(this.#assigner, windowFunction, this.#options),
      options,
    )
  }

  #with(options: WindowStepOptions<T>): WindowedStream<T, K> {
    return new WindowedStream(this.#stream, this.#assigner, { ...this.#options, ...options })
  }
}
