import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import type { Aggregates } from '../functions/aggregate-function.ts'
import { aggregateWindow, type WindowAssigner } from '../operators/windows/aggregate-window.ts'
import type { LateOptions } from '../operators/windows/late-records.ts'
import type { WindowResult } from '../operators/windows/window-results.ts'
import type { Duration } from '../time/duration.ts'
import type { DataStream } from './data-stream.ts'
import type { StepOptions } from './graph-builder.ts'
import type { KeyedStream } from './keyed-stream.ts'

/** Records that are gathered in windows, key by key, until they are aggregated. Immutable. */
export class WindowedStream<T, K extends Key> {
  readonly #stream: KeyedStream<T, K>
  readonly #assigner: WindowAssigner
  readonly #late: LateOptions<T>

  constructor(stream: KeyedStream<T, K>, assigner: WindowAssigner, late: LateOptions<T> = {}) {
    this.#stream = stream
    this.#assigner = assigner
    this.#late = late
  }

  /** How long a window is kept after it has fired; a late record within that fires it again. Default 0. */
  allowedLateness(allowedLateness: Duration): WindowedStream<T, K> {
    return new WindowedStream(this.#stream, this.#assigner, { ...this.#late, allowedLateness })
  }

  /** Where records go that are late for all of their windows: `getSideOutput(tag)` of the result. */
  sideOutputLateData(lateOutput: OutputTag<T>): WindowedStream<T, K> {
    return new WindowedStream(this.#stream, this.#assigner, { ...this.#late, lateOutput })
  }

  /** One result a key and window: `{ key, window, ...results }`. See `sliceWindow` and `sessionWindow`. */
  aggregate<A extends Aggregates<T>>(aggregates: A, options?: StepOptions): DataStream<WindowResult<K, A>> {
    const factory = aggregateWindow<T, K, A>(this.#assigner, aggregates, this.#late)
    return this.#stream.transform({ ...factory, needsTimestamps: true }, options)
  }
}
