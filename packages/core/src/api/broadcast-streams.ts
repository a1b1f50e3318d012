import type { Key } from '../elements/key.ts'
import type {
  BroadcastProcessFunction,
  KeyedBroadcastProcessFunction,
} from '../functions/broadcast-process-function.ts'
import type { StreamEdge } from '../graph/stream-graph.ts'
import { broadcastProcessOperator } from '../operators/basic/broadcast-process.ts'
import { keyedBroadcastProcessOperator } from '../operators/basic/keyed-broadcast-process.ts'
import type { BroadcastStateDescriptors, OperatorStateDescriptors, StateDescriptors } from '../state/descriptors.ts'
import type { DataStream } from './data-stream.ts'
import type { StreamEnvironment } from './environment.ts'
import type { StepOptions } from './graph-builder.ts'

/** A stream, and another that every subtask of the next step gets whole. */
export class BroadcastStreams<A, Broadcast> {
  readonly #environment: StreamEnvironment
  readonly #stream: readonly StreamEdge[]
  readonly #broadcast: readonly StreamEdge[]

  constructor(environment: StreamEnvironment, stream: readonly StreamEdge[], broadcast: readonly StreamEdge[]) {
    this.#environment = environment
    this.#stream = stream
    this.#broadcast = broadcast
  }

  /** Handles records by what was broadcast before. See `BroadcastProcessFunction`. */
  process<R, B extends BroadcastStateDescriptors, D extends OperatorStateDescriptors>(
    fn: BroadcastProcessFunction<A, Broadcast, R, B, D>,
    options?: StepOptions,
  ): DataStream<R> {
    return this.#environment.addTwoInput(this.#stream, this.#broadcast, broadcastProcessOperator(fn), options)
  }
}

/** A keyed stream, and another that every subtask of the next step gets whole. */
export class KeyedBroadcastStreams<A, Broadcast, K extends Key> {
  readonly #environment: StreamEnvironment
  readonly #stream: readonly StreamEdge[]
  readonly #broadcast: readonly StreamEdge[]

  constructor(environment: StreamEnvironment, stream: readonly StreamEdge[], broadcast: readonly StreamEdge[]) {
    this.#environment = environment
    this.#stream = stream
    this.#broadcast = broadcast
  }

  /** Handles records key by key, by what was broadcast before. See `KeyedBroadcastProcessFunction`. */
  process<R, D extends StateDescriptors, B extends BroadcastStateDescriptors>(
    fn: KeyedBroadcastProcessFunction<K, A, Broadcast, R, D, B>,
    options?: StepOptions,
  ): DataStream<R> {
    return this.#environment.addTwoInput(this.#stream, this.#broadcast, keyedBroadcastProcessOperator(fn), options)
  }
}
