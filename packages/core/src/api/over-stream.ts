import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import type { Aggregates } from '../functions/aggregate-function.ts'
import type { LookBack } from '../operators/look-back/look-back.ts'
import { type OverLateOptions, overOperator } from '../operators/look-back/over.ts'
import type { OverResult } from '../operators/look-back/over-aggregate.ts'
import type { DataStream } from './data-stream.ts'
import type { StepOptions } from './graph-builder.ts'
import type { KeyedStream } from './keyed-stream.ts'

/** Records that each look back, key by key, until they are aggregated. Immutable. */
export class OverStream<T, K extends Key> {
  readonly #stream: KeyedStream<T, K>
  readonly #lookBack: LookBack
  readonly #options: OverLateOptions<T>

  constructor(stream: KeyedStream<T, K>, lookBack: LookBack, options: OverLateOptions<T> = {}) {
    this.#stream = stream
    this.#lookBack = lookBack
    this.#options = options
  }

  /** Where records go that are behind the watermark: `getSideOutput(tag)` of the result. */
  sideOutputLateData(lateOutput: OutputTag<T>): OverStream<T, K> {
    return new OverStream(this.#stream, this.#lookBack, { ...this.#options, lateOutput })
  }

  /** One result a record: `{ value, ...results }`. See `overOperator`. */
  aggregate<A extends Aggregates<T>>(aggregates: A, options?: StepOptions): DataStream<OverResult<T, A>> {
    return this.#stream.transform(overOperator<T, A>(this.#lookBack, aggregates, this.#options), options)
  }
}
