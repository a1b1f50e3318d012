import { checkFunction, checkObject } from '../elements/check-given.ts'
import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import { checkTag } from '../elements/output-tag.ts'
import { MillraceError } from '../errors.ts'
import type { ProcessFunction } from '../functions/process-function.ts'
import type { FilterFunction, FlatMapFunction, MapFunction } from '../functions/rich-function.ts'
import type { Partitioner, Partitioning } from '../graph/partitioning.ts'
import { REJECTED_TAG, type StreamEdge } from '../graph/stream-graph.ts'
import { filterOperator } from '../operators/basic/filter.ts'
import { flatMapOperator } from '../operators/basic/flat-map.ts'
import { mapOperator } from '../operators/basic/map.ts'
import { processOperator } from '../operators/basic/process.ts'
import { REST, type SplitPredicates, splitOperator } from '../operators/basic/split.ts'
import type { KeySelector, OperatorFactory } from '../operators/operator.ts'
import { functionSink } from '../operators/sinks/function-sink.ts'
import type { Sink } from '../operators/sinks/sink.ts'
import type { Reject } from '../operators/sources/source.ts'
import type { WindowAssigner } from '../operators/windows/assigners/window-assigner.ts'
import { oneKey } from '../operators/windows/without-key.ts'
import type { JobHandle } from '../runtime/job-handle.ts'
import type { OperatorStateDescriptors } from '../state/descriptors.ts'
import type { TimestampAssigner, WatermarkStrategy } from '../time/watermark-strategy.ts'
import { AllCountWindowedStream } from './all-count-windowed-stream.ts'
import { AllWindowedStream } from './all-windowed-stream.ts'
import { BroadcastStreams } from './broadcast-streams.ts'
import { ConnectedStreams } from './connected-streams.ts'
import type { StreamEnvironment } from './environment.ts'
import type { ExecuteOptions } from './execute-options.ts'
import type { StepOptions } from './graph-builder.ts'
import type { KeyedStream } from './keyed-stream.ts'
import type { SplitStreams } from './split-streams.ts'

/** Records of one type on their way through a job. Each method adds a step; nothing runs before `execute`. */
export class DataStream<T> {
  protected readonly environment: StreamEnvironment
  protected readonly edges: readonly StreamEdge[]

  constructor(environment: StreamEnvironment, edges: readonly StreamEdge[]) {
    this.environment = environment
    this.edges = edges
  }

  /** One result a record. See `mapOperator`. */
  map<R>(fn: MapFunction<T, R>, options?: StepOptions): DataStream<R> {
    return this.transform(mapOperator(fn), options)
  }

  /** The records for which the predicate says so. See `filterOperator`. */
  filter<S extends T>(predicate: (value: T) => value is S, options?: StepOptions): DataStream<S>
  filter(predicate: FilterFunction<T>, options?: StepOptions): DataStream<T>
  filter(predicate: FilterFunction<T>, options?: StepOptions): DataStream<T> {
    return this.transform(filterOperator(predicate), options)
  }

  /** Any number of results a record. See `flatMapOperator`. */
  flatMap<R>(fn: FlatMapFunction<T, R>, options?: StepOptions): DataStream<R> {
    return this.transform(flatMapOperator(fn), options)
  }

  /** Any number of results and side outputs a record. See `ProcessFunction`. */
  process<R, D extends OperatorStateDescriptors = OperatorStateDescriptors>(
    fn: ProcessFunction<T, R, D>,
    options?: StepOptions,
  ): DataStream<R> {
    return this.transform(processOperator(fn), options)
  }

  /** A step of one's own, by the operator contract of `@millrace/core/connector`. */
  transform<R>(factory: OperatorFactory<T, R>, options?: StepOptions): DataStream<R> {
    return this.environment.stream([this.environment.addOperator(this.edges, factory, options)])
  }

  /** Records of one key are handled together: state, timers and windows are per key. */
  keyBy<K extends Key>(keyOf: KeySelector<T, K>): KeyedStream<T, K> {
    checkFunction(keyOf, 'the key selector of keyBy')
    const keyBy = keyOf as KeySelector<unknown>
    return this.environment.keyedStream(this.edges.map((edge) => ({ ...edge, keyBy })))
  }

  /** This stream and one of another type, for one step that takes both. */
  connect<U>(other: DataStream<U>): ConnectedStreams<T, U> {
    checkObject(other, 'the other stream of connect', ['edgesFor'])
    return new ConnectedStreams(this.environment, this.edges, other.edgesFor(this.environment))
  }

  /** This stream, and another that every subtask of the next step gets whole. */
  connectBroadcast<U>(other: DataStream<U>): BroadcastStreams<T, U> {
    checkObject(other, 'the other stream of connectBroadcast', ['broadcast', 'edgesFor'])
    return new BroadcastStreams(this.environment, this.edges, other.broadcast().edgesFor(this.environment))
  }

  /**
   * Cuts the stream in several: each record goes to the first predicate that holds for it, what none wants to `rest`.
   *
   * @throws CORE_OPTION_INVALID without predicates, for one that is no function, and for the name `rest`.
   * @example
   * ```ts
   * import { createEnvironment } from '@millrace/core'
   *
   * const env = createEnvironment()
   * const { low, rest } = env.fromArray([85, 97, 87]).split({ low: (spo2) => spo2 < 90 })
   * rest.print('fine')
   * await low.executeAndCollect() // => [85, 87]
   * ```
   */
  split<P extends SplitPredicates<T>>(predicates: P, options?: StepOptions): SplitStreams<T, P> {
    const edge = this.environment.addOperator(this.edges, splitOperator<T>(predicates), options)
    const streams = Object.keys(predicates).map((tag) => [tag, this.environment.stream<T>([{ ...edge, tag }])])
    return { ...Object.fromEntries(streams), [REST]: this.environment.stream<T>([edge]) } as SplitStreams<T, P>
  }

  /** To the subtasks of the next step in turn, whatever the key. See `Partitioning`. */
  rebalance(): DataStream<T> {
    return this.#partitioned({ kind: 'rebalance' })
  }

  /** The same, but only to subtasks nearby. */
  rescale(): DataStream<T> {
    return this.#partitioned({ kind: 'rescale' })
  }

  /** Each record to every subtask of the next step, which must not be keyed: see `connectBroadcast`. */
  broadcast(): DataStream<T> {
    return this.#partitioned({ kind: 'broadcast' })
  }

  /** All records to the first subtask of the next step. */
  global(): DataStream<T> {
    return this.#partitioned({ kind: 'global' })
  }

  /** Each record to the subtask of the same number: refused where the two steps have not as many. */
  forward(): DataStream<T> {
    return this.#partitioned({ kind: 'forward' })
  }

  /**
   * To the subtask that the partitioner says for a record's key. It gives no keyed stream: for state by key there is `keyBy`.
   * (The key comes first here, unlike in Flink, so that the partitioner's is inferred.)
   *
   * @throws CORE_OPTION_INVALID when the partitioner or the key selector is no function.
   */
  partitionCustom<K extends Key>(keyOf: KeySelector<T, K>, partitioner: Partitioner<K>): DataStream<T> {
    for (const [name, given] of Object.entries({ partitioner, keyOf })) {
      if (typeof given === 'function') continue
      throw new MillraceError('CORE_OPTION_INVALID', `partitionCustom: ${name} was ${typeof given}, not a function`)
    }
    return this.#partitioned({
      kind: 'custom',
      partitioner: partitioner as Partitioner,
      keyOf: keyOf as KeySelector<unknown>,
    })
  }

  /** Gathers all records of the stream in windows, without a key: in one place, however many cores there are. */
  windowAll(assigner: WindowAssigner<T>): AllWindowedStream<T> {
    return new AllWindowedStream(this.keyBy(oneKey).window(assigner))
  }

  /** Windows of so many records of the whole stream. See `KeyedStream.countWindow`. */
  countWindowAll(size: number, slide?: number): AllCountWindowedStream<T> {
    return new AllCountWindowedStream(this.keyBy(oneKey).countWindow(size, slide))
  }

  /** The records of this and the other streams. The watermark is the least of theirs. */
  union(...others: readonly DataStream<T>[]): DataStream<T> {
    for (const other of others) checkObject(other, 'a stream of union', ['edgesFor'])
    return new DataStream(
      this.environment,
      [this, ...others].flatMap((stream) => stream.edgesFor(this.environment)),
    )
  }

  /** Gives each record its event time, and makes watermarks of it. See `WatermarkStrategy`. */
  assignTimestamps(
    timestampOf: TimestampAssigner<T>,
    watermarks: WatermarkStrategy<T> | WatermarkStrategy<unknown>,
    options?: StepOptions,
  ): DataStream<T> {
    checkObject(watermarks, 'the watermarks of assignTimestamps', ['timestamp'])
    const strategy = (watermarks as WatermarkStrategy<T>).timestamp(timestampOf)
    return this.environment.stream([this.environment.addTimestamps(this.edges, strategy, options)])
  }

  /** What the step before sent to a side output. */
  getSideOutput<S>(tag: OutputTag<S>): DataStream<S> {
    checkTag(tag, 'the tag of getSideOutput')
    return this.environment.stream(this.edges.map(({ from }) => ({ from, tag: tag.id })))
  }

  /** Hands the records to a sink. */
  sinkTo(sink: Sink<T>, options?: StepOptions): void {
    checkObject(sink, 'a sink', ['open'])
    this.environment.addSink(this.edges, sink, options)
  }

  /** Writes each record to the terminal, as `console.log` shows it. */
  print(label?: string): void {
    const write = (value: T): void => {
      if (label === undefined) console.log(value)
      else console.log(`${label}:`, value)
    }
    this.sinkTo(functionSink('print', write))
  }

  /** Runs the job of this stream's environment and resolves with the records of this stream. */
  executeAndCollect(): Promise<T[]> {
    return this.environment.executeAndCollect(this)
  }

  /** @internal Starts the job with one more sink on this stream, for this run alone. */
  executeInto(sink: Sink<T>, options: ExecuteOptions = {}): JobHandle {
    return this.environment.executeWithSink(this.edges, sink, options)
  }

  #partitioned(partitioning: Partitioning): DataStream<T> {
    return new DataStream(
      this.environment,
      this.edges.map((edge) => ({ ...edge, partitioning })),
    )
  }

  /** @internal @throws CORE_JOB_INVALID for a stream of another job: its steps are not there. */
  edgesFor(environment: StreamEnvironment): readonly StreamEdge[] {
    if (this.belongsTo(environment)) return this.edges
    throw new MillraceError('CORE_JOB_INVALID', 'streams of two environments were put together: they are two jobs')
  }

  /** @internal */
  belongsTo(environment: StreamEnvironment): boolean {
    return this.environment === environment
  }
}

/** A stream that comes straight from a source. */
export class SourceStream<T> extends DataStream<T> {
  /** Rows that the source could not make into records. Needs `onReject: 'side-output'`. */
  rejected(): DataStream<Reject> {
    return this.getSideOutput<Reject>({ id: REJECTED_TAG })
  }
}

/** How a source is read: its event time, its rejects, its id. */
export interface SourceOptions<T> extends StepOptions {
  /** How records get their event time; a watermark a split. Without it: `assignTimestamps` later, or no event time. */
  readonly watermarks?: WatermarkStrategy<T>
  /**
   * What happens to rows that cannot be made into records. `'fail'` (the default) fails the job with CORE_RECORD_REJECTED;
   * `'side-output'` sends them to `rejected()`, which has to be read; `'count'` only counts them.
   */
  readonly onReject?: 'fail' | 'side-output' | 'count'
}
