import { checkObject } from '../elements/check-given.ts'
import type { Key } from '../elements/key.ts'
import { MillraceError } from '../errors.ts'
import type { KeyedProcessFunction } from '../functions/process-function.ts'
import type { StreamEdge } from '../graph/stream-graph.ts'
import { debounceOperator } from '../operators/basic/debounce.ts'
import { keyedProcessOperator } from '../operators/basic/keyed-process.ts'
import { keyedReduceOperator } from '../operators/basic/keyed-reduce.ts'
import { sampleOperator } from '../operators/basic/sample.ts'
import { type ThrottleOptions, throttleOperator } from '../operators/basic/throttle.ts'
import { deduplicateOperator } from '../operators/look-back/deduplicate.ts'
import type { DeduplicateOptions } from '../operators/look-back/deduplicate-plan.ts'
import type { LookBack, OverOptions } from '../operators/look-back/look-back.ts'
import { type RankedList, type Ranking, topNOperator } from '../operators/look-back/top-n.ts'
import type { OperatorFactory } from '../operators/operator.ts'
import type { WindowAssigner } from '../operators/windows/assigners/window-assigner.ts'
import { countWindows } from '../operators/windows/count-window.ts'
import { withPerKeyWatermarks } from '../operators/with-per-key-watermarks.ts'
import type { StateDescriptors, StateOptions } from '../state/descriptors.ts'
import type { Duration } from '../time/duration.ts'
import type { PerKeyWatermarks } from '../time/per-key-watermarks.ts'
import { KeyedBroadcastStreams } from './broadcast-streams.ts'
import { KeyedConnectedStreams } from './connected-streams.ts'
import { CountWindowedStream } from './count-windowed-stream.ts'
import type { DataStream } from './data-stream.ts'
import type { StreamEnvironment } from './environment.ts'
import type { StepOptions } from './graph-builder.ts'
import { OverStream } from './over-stream.ts'
import { WindowedStream } from './windowed-stream.ts'

/** Options of `keyed.process`. */
export interface KeyedProcessOptions extends StepOptions {
  /** Each key on its own time: its event-time timers and `ctx.currentWatermark()` go by a watermark of its own. */
  readonly perKeyWatermarks?: PerKeyWatermarks
}

/** Records that are handled key by key. */
export class KeyedStream<T, K extends Key> {
  readonly #environment: StreamEnvironment
  readonly #edges: readonly StreamEdge[]

  constructor(environment: StreamEnvironment, edges: readonly StreamEdge[]) {
    this.#environment = environment
    this.#edges = edges
  }

  /**
   * A function with state and timers for each key. See `KeyedProcessFunction`; with `perKeyWatermarks` each key goes by a
   * watermark of its own.
   */
  process<R, D extends StateDescriptors>(
    fn: KeyedProcessFunction<K, T, R, D>,
    options: KeyedProcessOptions = {},
  ): DataStream<R> {
    const { perKeyWatermarks, ...step } = options
    const factory = keyedProcessOperator(fn)
    return this.transform(
      perKeyWatermarks === undefined ? factory : withPerKeyWatermarks(factory, perKeyWatermarks),
      step,
    )
  }

  /** Gathers each key's records in windows. See `tumblingEventTimeWindows`, `slidingEventTimeWindows`, `eventTimeSessionWindows`. */
  window(assigner: WindowAssigner<T>): WindowedStream<T, K> {
    return new WindowedStream(this, assigner)
  }

  /** A key's newest record, once the key has given nothing for `wait` by the job's clock. See `debounceOperator`. */
  debounce(wait: Duration, options?: StepOptions): DataStream<T> {
    return this.transform(debounceOperator(wait), options)
  }

  /** Each key's newest record every `period` of the job's clock. See `sampleOperator`. */
  sample(period: Duration, options?: StepOptions): DataStream<T> {
    return this.transform(sampleOperator(period), options)
  }

  /** At most one record of a key in `pause` of the job's clock. See `throttleOperator`. */
  throttle(pause: Duration, options?: ThrottleOptions & StepOptions): DataStream<T> {
    return this.transform(throttleOperator(pause, options), options)
  }

  /** Folds each record into what its key's came to before, and emits that. See `keyedReduceOperator`. */
  reduce(reduce: (held: T, value: T) => T, options: StepOptions & StateOptions<T> = {}): DataStream<T> {
    return this.transform(keyedReduceOperator(reduce, options), options)
  }

  /** This stream and another with keys of the same kind: records of one key share state and timers. */
  connect<U>(other: KeyedStream<U, K>): KeyedConnectedStreams<T, U, K> {
    if (!(other instanceof KeyedStream)) {
      throw new MillraceError(
        'CORE_OPTION_INVALID',
        'the other stream of connect is not keyed: put a keyBy before both',
      )
    }
    if (other.#environment !== this.#environment) {
      throw new MillraceError('CORE_JOB_INVALID', 'streams of two environments were put together: they are two jobs')
    }
    return new KeyedConnectedStreams(this.#environment, this.#edges, other.#edges)
  }

  /** This stream, and another that every subtask of the next step gets whole. */
  connectBroadcast<U>(other: DataStream<U>): KeyedBroadcastStreams<T, U, K> {
    checkObject(other, 'the other stream of connectBroadcast', ['broadcast', 'edgesFor'])
    return new KeyedBroadcastStreams(this.#environment, this.#edges, other.broadcast().edgesFor(this.#environment))
  }

  /**
   * Gathers each key's records in windows of `size`, in the order of their arrival; with `slide`, the last `size` each time that there
   * were so many more. What is left at the end of the input gives nothing. See `countWindowOperator`.
   *
   * @throws CORE_WINDOW_INVALID unless both are positive whole numbers.
   */
  countWindow(size: number, slide?: number): CountWindowedStream<T, K> {
    return new CountWindowedStream(this, countWindows(size, slide))
  }

  /** Each record with aggregates over the last of its key: a time, a number of rows, or all. See `overOperator`. */
  over(lookBack: LookBack, options?: OverOptions): OverStream<T, K> {
    return new OverStream(this, lookBack, options)
  }

  /** One of several records of a key that belong together: the first, or the last. See `deduplicateOperator`. */
  deduplicate(which: DeduplicateOptions<T>, options?: StepOptions): DataStream<T> {
    return this.transform(deduplicateOperator(which), options)
  }

  /** The records of a key that rank first of all that have come, whenever they change. See `topNOperator`. */
  topN(n: number, ranking: Ranking<T>, options?: StepOptions): DataStream<RankedList<K, T>> {
    return this.transform(topNOperator<T, K>(n, ranking), options)
  }

  /** A keyed step of one's own, by the operator contract of `@millrace/core/connector`. */
  transform<R>(factory: OperatorFactory<T, R>, options?: StepOptions): DataStream<R> {
    return this.#environment.stream([this.#environment.addOperator(this.#edges, factory, options)])
  }
}
