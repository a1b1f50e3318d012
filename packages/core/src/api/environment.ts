import { checkObject, shown } from '../elements/check-given.ts'
import type { Key } from '../elements/key.ts'
import { MillraceError } from '../errors.ts'
import { explainAsMermaid, explainAsText } from '../graph/explain.ts'
import { planJob } from '../graph/job-graph.ts'
import type { StreamEdge, StreamGraph } from '../graph/stream-graph.ts'
import { validateGraph } from '../graph/validate-graph.ts'
import type { OperatorFactory } from '../operators/operator.ts'
import { collectingSink } from '../operators/sinks/collecting-sink.ts'
import type { Sink } from '../operators/sinks/sink.ts'
import { type AsyncIterableOptions, asyncIterableSource } from '../operators/sources/async-iterable-source.ts'
import { iterableSource } from '../operators/sources/iterable-source.ts'
import type { Source } from '../operators/sources/source.ts'
import type { JobHandle, JobResult } from '../runtime/job-handle.ts'
import { startLocally } from '../runtime/local-executor.ts'
import type { WatermarkStrategy } from '../time/watermark-strategy.ts'
import { DataStream, type SourceOptions, SourceStream } from './data-stream.ts'
import { type ExecuteOptions, executionSettings } from './execute-options.ts'
import { GraphBuilder, type StepOptions } from './graph-builder.ts'
import { KeyedStream } from './keyed-stream.ts'

/** Where a job is written: streams start here, and it is run from here. */
export class StreamEnvironment {
  readonly #builder: GraphBuilder

  constructor(name: string) {
    this.#builder = new GraphBuilder(name)
  }

  /** The elements of an array, bounded. */
  fromArray<T>(values: readonly T[], options?: SourceOptions<T>): SourceStream<T> {
    return this.fromSource(iterableSource(values), options)
  }

  /** The elements of anything that can be iterated, bounded. Survives a failure where it can be iterated again. */
  fromIterable<T>(values: Iterable<T>, options?: SourceOptions<T>): SourceStream<T> {
    return this.fromSource(iterableSource(values), options)
  }

  /** The elements of an async iterable, asked for one by one; live unless `bounded` is said. */
  fromAsyncIterable<T>(
    values: AsyncIterable<T>,
    options: SourceOptions<T> & AsyncIterableOptions = {},
  ): SourceStream<T> {
    return this.fromSource(asyncIterableSource(values, options), options)
  }

  /** The records of a source. */
  fromSource<T>(source: Source<T>, options: SourceOptions<T> = {}): SourceStream<T> {
    checkObject(source, 'a source', ['createEnumerator', 'createReader'])
    const edge = this.#builder.add(
      {
        type: 'source',
        kind: source.kind,
        inputs: [],
        source: source as Source<unknown>,
        onReject: options.onReject ?? 'fail',
        ...(options.watermarks === undefined ? {} : { watermarks: options.watermarks as WatermarkStrategy<unknown> }),
      },
      options,
    )
    return new SourceStream(this, [edge])
  }

  /** The job's graph as it stands: plain data. */
  graph(): StreamGraph {
    return this.#builder.graph()
  }

  /** How the job will run: as text, or as a Mermaid flowchart. @throws CORE_JOB_INVALID for a job that cannot. */
  explain(format: 'text' | 'mermaid' = 'text'): string {
    const graph = this.graph()
    validateGraph(graph)
    return format === 'mermaid' ? explainAsMermaid(planJob(graph)) : explainAsText(planJob(graph))
  }

  /**
   * Runs the job; resolves when it has finished or was stopped.
   *
   * @throws CORE_JOB_INVALID with every mistake in the job, before anything runs.
   */
  async execute(options: ExecuteOptions = {}): Promise<JobResult> {
    return this.executeAsync(options).finished
  }

  /** Starts the job and gives a handle to it: metrics, checkpoints, stop and cancel. */
  executeAsync(options: ExecuteOptions = {}): JobHandle {
    return startGraph(this.graph(), options)
  }

  /** Runs the job and resolves with the records of one stream. */
  async executeAndCollect<T>(stream: DataStream<T>, options: ExecuteOptions = {}): Promise<T[]> {
    const collected: T[] = []
    const isReplayable = this.graph().nodes.every((node) => node.type !== 'source' || node.source.replayable)
    const sink = collectingSink<T>(
      (values) => {
        for (const value of values) collected.push(value)
      },
      isReplayable ? 'exactly-once' : 'at-least-once',
    )
    await stream.executeInto(sink, options).finished
    return collected
  }

  /** @internal Starts the job with one more sink, for this run alone. */
  executeWithSink<T>(inputs: readonly StreamEdge[], sink: Sink<T>, options: ExecuteOptions): JobHandle {
    const node = { type: 'sink', kind: sink.kind, inputs, sink: sink as Sink<unknown> } as const
    return startGraph(this.#builder.graphWith(node), options)
  }

  /** @internal */
  stream<T>(edges: readonly StreamEdge[]): DataStream<T> {
    return new DataStream(this, edges)
  }

  /** @internal */
  keyedStream<T, K extends Key>(edges: readonly StreamEdge[]): KeyedStream<T, K> {
    return new KeyedStream(this, edges)
  }

  /** @internal */
  addOperator<In, Out>(
    inputs: readonly StreamEdge[],
    factory: OperatorFactory<In, Out>,
    options?: StepOptions,
  ): StreamEdge {
    const { kind, detail } = factory
    return this.#builder.add(
      {
        type: 'operator',
        kind,
        inputs,
        factory: factory as unknown as OperatorFactory<unknown, unknown>,
        ...(detail === undefined ? {} : { detail }),
      },
      options,
    )
  }

  /** @internal */
  addTwoInput<A, B, Out>(
    first: readonly StreamEdge[],
    second: readonly StreamEdge[],
    factory: OperatorFactory<A, Out, B>,
    options?: StepOptions,
  ): DataStream<Out> {
    const edges = [...first, ...second.map((edge): StreamEdge => ({ ...edge, input: 1 }))]
    return this.stream([this.addOperator(edges, factory as unknown as OperatorFactory<A, Out>, options)])
  }

  /** @internal */
  addTimestamps<T>(inputs: readonly StreamEdge[], watermarks: WatermarkStrategy<T>, options?: StepOptions): StreamEdge {
    return this.#builder.add(
      { type: 'timestamps', kind: 'timestamps', inputs, watermarks: watermarks as WatermarkStrategy<unknown> },
      options,
    )
  }

  /** @internal */
  addSink<T>(inputs: readonly StreamEdge[], sink: Sink<T>, options?: StepOptions): void {
    this.#builder.add({ type: 'sink', kind: sink.kind, inputs, sink: sink as Sink<unknown> }, options)
  }
}

/** Checks, plans and starts a graph. */
export function startGraph(graph: StreamGraph, options: ExecuteOptions): JobHandle {
  validateGraph(graph)
  return startLocally(planJob(graph), executionSettings(graph, options))
}

/** Options of `createEnvironment`. */
export interface EnvironmentOptions {
  /** The job's name, in checkpoints and errors. Default `'job'`. */
  readonly name?: string
}

/**
 * Makes the place where a job is written.
 *
 * @example
 * ```ts
 * import { createEnvironment } from '@millrace/core'
 *
 * const env = createEnvironment()
 * const doubled = await env.fromArray([1, 2, 3]).map((n) => n * 2).executeAndCollect()
 * doubled // => [2, 4, 6]
 * ```
 */
export function createEnvironment(options: EnvironmentOptions = {}): StreamEnvironment {
  checkObject(options, 'the options of createEnvironment')
  const name = options.name ?? 'job'
  if (typeof name !== 'string' || name === '') {
    throw new MillraceError('CORE_OPTION_INVALID', `the job's name was ${shown(name)}`)
  }
  return new StreamEnvironment(name)
}
