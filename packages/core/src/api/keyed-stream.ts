import type { Key } from '../elements/key.ts'
import type { KeyedProcessFunction } from '../functions/process-function.ts'
import type { StreamEdge } from '../graph/stream-graph.ts'
import { keyedProcessOperator } from '../operators/basic/keyed-process.ts'
import type { OperatorFactory } from '../operators/operator.ts'
import type { WindowAssigner } from '../operators/windows/aggregate-window.ts'
import type { StateDescriptors } from '../state/descriptors.ts'
import type { DataStream } from './data-stream.ts'
import type { StreamEnvironment } from './environment.ts'
import type { StepOptions } from './graph-builder.ts'
import { WindowedStream } from './windowed-stream.ts'

/** Records that are handled key by key. */
export class KeyedStream<T, K extends Key> {
  readonly #environment: StreamEnvironment
  readonly #edges: readonly StreamEdge[]

  constructor(environment: StreamEnvironment, edges: readonly StreamEdge[]) {
    this.#environment = environment
    this.#edges = edges
  }

  /** A function with state and timers for each key. See `KeyedProcessFunction`. */
  process<R, D extends StateDescriptors>(fn: KeyedProcessFunction<K, T, R, D>, options?: StepOptions): DataStream<R> {
    return this.transform(keyedProcessOperator(fn), options)
  }

  /** Gathers each key's records in windows. See `tumblingEventTimeWindows`, `slidingEventTimeWindows`, `eventTimeSessionWindows`. */
  window(assigner: WindowAssigner): WindowedStream<T, K> {
    return new WindowedStream(this, assigner)
  }

  /** A keyed step of one's own, by the operator contract of `@millrace/core/connector`. */
  transform<R>(factory: OperatorFactory<T, R>, options?: StepOptions): DataStream<R> {
    return this.#environment.stream([this.#environment.addOperator(this.#edges, factory, options)])
  }
}
