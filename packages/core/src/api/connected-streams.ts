import type { Key } from '../elements/key.ts'
import type { CoProcessFunction, KeyedCoProcessFunction } from '../functions/co-process-function.ts'
import type { StreamEdge } from '../graph/stream-graph.ts'
import { coFlatMapOperator } from '../operators/basic/co-flat-map.ts'
import { coMapOperator } from '../operators/basic/co-map.ts'
import { coProcessOperator } from '../operators/basic/co-process.ts'
import { keyedCoProcessOperator } from '../operators/basic/keyed-co-process.ts'
import type { KeySelector, OperatorFactory } from '../operators/operator.ts'
import type { OperatorStateDescriptors, StateDescriptors } from '../state/descriptors.ts'
import type { DataStream } from './data-stream.ts'
import type { StreamEnvironment } from './environment.ts'
import type { StepOptions } from './graph-builder.ts'

/** Two streams, of a type each, for one step that takes both. */
export class ConnectedStreams<A, B> {
  readonly #environment: StreamEnvironment
  readonly #first: readonly StreamEdge[]
  readonly #second: readonly StreamEdge[]

  constructor(environment: StreamEnvironment, first: readonly StreamEdge[], second: readonly StreamEdge[]) {
    this.#environment = environment
    this.#first = first
    this.#second = second
  }

  /** One result a record, by a function for each stream. See `coMapOperator`. */
  map<R, S>(first: (value: A) => R, second: (value: B) => S, options?: StepOptions): DataStream<R | S> {
    return this.transform(coMapOperator(first, second), options)
  }

  /** Any number of results a record, by a function for each stream. See `coFlatMapOperator`. */
  flatMap<R, S>(
    first: (value: A) => Iterable<R>,
    second: (value: B) => Iterable<S>,
    options?: StepOptions,
  ): DataStream<R | S> {
    return this.transform(coFlatMapOperator(first, second), options)
  }

  /** Any number of results and side outputs a record of either stream. See `CoProcessFunction`. */
  process<R, D extends OperatorStateDescriptors>(
    fn: CoProcessFunction<A, B, R, D>,
    options?: StepOptions,
  ): DataStream<R> {
    return this.transform(coProcessOperator(fn), options)
  }

  /** Records of one key, of either stream, are handled together. */
  keyBy<K extends Key>(first: KeySelector<A, K>, second: KeySelector<B, K>): KeyedConnectedStreams<A, B, K> {
    const keyed = (edges: readonly StreamEdge[], keyBy: KeySelector<never>): StreamEdge[] =>
      edges.map((edge) => ({ ...edge, keyBy: keyBy as KeySelector<unknown> }))
    return new KeyedConnectedStreams(this.#environment, keyed(this.#first, first), keyed(this.#second, second))
  }

  /** A step of one's own with two inputs, by the operator contract of `@millrace/core/connector`. */
  transform<R>(factory: OperatorFactory<A, R, B>, options?: StepOptions): DataStream<R> {
    return this.#environment.addTwoInput(this.#first, this.#second, factory, options)
  }
}

/** Two streams that are handled key by key: records of one key share state and timers. */
export class KeyedConnectedStreams<A, B, K extends Key> {
  readonly #environment: StreamEnvironment
  readonly #first: readonly StreamEdge[]
  readonly #second: readonly StreamEdge[]

  constructor(environment: StreamEnvironment, first: readonly StreamEdge[], second: readonly StreamEdge[]) {
    this.#environment = environment
    this.#first = first
    this.#second = second
  }

  /** A function with state and timers for each key. See `KeyedCoProcessFunction`. */
  process<R, D extends StateDescriptors>(
    fn: KeyedCoProcessFunction<K, A, B, R, D>,
    options?: StepOptions,
  ): DataStream<R> {
    return this.transform(keyedCoProcessOperator(fn), options)
  }

  /** A keyed step of one's own with two inputs, by the operator contract of `@millrace/core/connector`. */
  transform<R>(factory: OperatorFactory<A, R, B>, options?: StepOptions): DataStream<R> {
    return this.#environment.addTwoInput(this.#first, this.#second, factory, options)
  }
}
