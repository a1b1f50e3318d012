import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import type { ProcessFunction } from '../functions/process-function.ts'
import { REJECTED_TAG, type StreamEdge } from '../graph/stream-graph.ts'
import { filterOperator } from '../operators/basic/filter.ts'
import { flatMapOperator } from '../operators/basic/flat-map.ts'
import { mapOperator } from '../operators/basic/map.ts'
import { processOperator } from '../operators/basic/process.ts'
import type { KeySelector, OperatorFactory } from '../operators/operator.ts'
import { functionSink } from '../operators/sinks/function-sink.ts'
import type { Sink } from '../operators/sinks/sink.ts'
import type { Reject } from '../operators/sources/source.ts'
import type { JobHandle } from '../runtime/job-handle.ts'
import type { TimestampAssigner, WatermarkStrategy } from '../time/watermark-strategy.ts'
import type { StreamEnvironment } from './environment.ts'
import type { ExecuteOptions } from './execute-options.ts'
import type { StepOptions } from './graph-builder.ts'
import type { KeyedStream } from './keyed-stream.ts'

/** Records of one type on their way through a job. Each method adds a step; nothing runs before `execute`. */
export class DataStream<T> {
  protected readonly environment: StreamEnvironment
  protected readonly edges: readonly StreamEdge[]

  constructor(environment: StreamEnvironment, edges: readonly StreamEdge[]) {
    this.environment = environment
    this.edges = edges
  }

  /** One result a record. See `mapOperator`. */
  map<R>(fn: (value: T) => R, options?: StepOptions): DataStream<R> {
    return this.transform(mapOperator(fn), options)
  }

  /** The records for which the predicate says so. See `filterOperator`. */
  filter<S extends T>(predicate: (value: T) => value is S, options?: StepOptions): DataStream<S>
  filter(predicate: (value: T) => boolean, options?: StepOptions): DataStream<T>
  filter(predicate: (value: T) => boolean, options?: StepOptions): DataStream<T> {
    return this.transform(filterOperator(predicate), options)
  }

  /** Any number of results a record. See `flatMapOperator`. */
  flatMap<R>(fn: (value: T) => Iterable<R>, options?: StepOptions): DataStream<R> {
    return this.transform(flatMapOperator(fn), options)
  }

  /** Any number of results and side outputs a record. See `ProcessFunction`. */
  process<R>(fn: ProcessFunction<T, R>, options?: StepOptions): DataStream<R> {
    return this.transform(processOperator(fn), options)
  }

  /** A step of one's own, by the operator contract of `@millrace/core/connector`. */
  transform<R>(factory: OperatorFactory<T, R>, options?: StepOptions): DataStream<R> {
    return this.environment.stream([this.environment.addOperator(this.edges, factory, options)])
  }

  /** Records of one key are handled together: state, timers and windows are per key. */
  keyBy<K extends Key>(keyOf: KeySelector<T, K>): KeyedStream<T, K> {
    const keyBy = keyOf as KeySelector<unknown>
    return this.environment.keyedStream(this.edges.map((edge) => ({ ...edge, keyBy })))
  }

  /** The records of this and the other streams. The watermark is the least of theirs. */
  union(...others: readonly DataStream<T>[]): DataStream<T> {
    return new DataStream(
      this.environment,
      [this, ...others].flatMap((stream) => stream.edges),
    )
  }

  /** Gives each record its event time, and makes watermarks of it. See `WatermarkStrategy`. */
  assignTimestamps(
    timestampOf: TimestampAssigner<T>,
    watermarks: WatermarkStrategy<T> | WatermarkStrategy<unknown>,
    options?: StepOptions,
  ): DataStream<T> {
    const strategy = (watermarks as WatermarkStrategy<T>).timestamp(timestampOf)
    return this.environment.stream([this.environment.addTimestamps(this.edges, strategy, options)])
  }

  /** What the step before sent to a side output. */
  getSideOutput<S>(tag: OutputTag<S>): DataStream<S> {
    return this.environment.stream(this.edges.map(({ from }) => ({ from, tag: tag.id })))
  }

  /** Hands the records to a sink. */
  sinkTo(sink: Sink<T>, options?: StepOptions): void {
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

export interface SourceOptions<T> extends StepOptions {
  /** How records get their event time; a watermark a split. Without it: `assignTimestamps` later, or no event time. */
  readonly watermarks?: WatermarkStrategy<T>
  /**
   * What happens to rows that cannot be made into records. `'fail'` (the default) fails the job with CORE_RECORD_REJECTED;
   * `'side-output'` sends them to `rejected()`, which has to be read; `'count'` only counts them.
   */
  readonly onReject?: 'fail' | 'side-output' | 'count'
}
