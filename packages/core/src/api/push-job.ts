import { DEFAULT_MAX_PARALLELISM } from '../elements/key-group.ts'
import { MillraceError } from '../errors.ts'
import { type JobTask, planJob } from '../graph/job-graph.ts'
import { validateGraph } from '../graph/validate-graph.ts'
import type { Sink } from '../operators/sinks/sink.ts'
import { type PushSource, pushSource } from '../operators/sources/push-source.ts'
import type { JobMetrics } from '../runtime/job-metrics.ts'
import { stepMetrics } from '../runtime/step-metrics.ts'
import { Task } from '../runtime/task.ts'
import { DataStream } from './data-stream.ts'
import { StreamEnvironment } from './environment.ts'

/** A job of one input and one output, as its user writes it. */
export interface PushPipeline<In, Out> {
  /** Of the job and its input, in errors and metrics. */
  readonly name: string
  build(stream: DataStream<In>): DataStream<Out>
}

/** Where a job that is driven by pushes gets its time, and what it answers to. */
export interface PushJobHost<Out> {
  /** The job's clock: ms since 1970 UTC. */
  now(): number
  /** Takes each result, before the call that led to it returns. */
  emit(value: Out): void
  /** The input has ended and all of it is worked off; the job is closed. Nothing follows. */
  finished(): void
  /** A function of the job threw; the job is closed. Nothing follows. */
  failed(error: unknown): void
}

/** A job that runs inside the calls that are made to it. None of them throws but `close`. */
export interface PushJob<In> {
  /** Works the value off before it returns. Inside `emit` it only queues: the call that is under way works it off. */
  push(value: In): void
  /** Looks at the clock: fires what is due. */
  tick(): void
  /** When `tick` has to be called next, ms since 1970 UTC; may be early; infinity when nothing waits for the clock. */
  nextDue(): number
  /** The end of the input: all event-time timers and windows fire, then `finished` is called. */
  complete(): void
  /**
   * Ends the job where it is and frees what it holds; nothing is flushed. Inside `emit` nothing more is emitted, and the job is
   * freed when the step at work has returned. @throws what a step throws that is closed
   */
  close(): void
  metrics(): PushJobMetrics
}

/** How a job that is driven by pushes goes at this moment. */
export interface PushJobMetrics
  extends Pick<JobMetrics, 'recordsIn' | 'recordsOut' | 'late' | 'watermark' | 'clock' | 'steps'> {}

/** Looks for every mistake in a pipeline, and runs nothing. @throws CORE_JOB_INVALID */
export function checkPushPipeline<In, Out>(pipeline: PushPipeline<In, Out>): void {
  plan(pipeline)
}

/** Builds a job and opens it. @throws CORE_JOB_INVALID, and what its steps throw in `open` */
export function createPushJob<In, Out>(pipeline: PushPipeline<In, Out>, host: PushJobHost<Out>): PushJob<In> {
  return new RunningPushJob(pipeline, host)
}

class RunningPushJob<In, Out> implements PushJob<In> {
  readonly #host: PushJobHost<Out>
  readonly #source: PushSource<In>
  readonly #plan: JobTask
  readonly #task: Task
  readonly #abort = new AbortController()
  /** Pushed from inside a result. */
  #queued: In[] = []
  #isRunning = false
  #isClosed = false
  #hasEnded = false
  #hasFinished = false

  constructor(pipeline: PushPipeline<In, Out>, host: PushJobHost<Out>) {
    const { source, task } = plan<In, Out>(pipeline)
    this.#host = host
    this.#source = source
    this.#plan = task
    this.#task = new Task(
      task,
      {
        maxParallelism: DEFAULT_MAX_PARALLELISM,
        batchSize: 1_024,
        isReplay: false,
        // It runs to quiet: the caller waits for the results.
        sliceMs: Number.POSITIVE_INFINITY,
        signal: this.#abort.signal,
        wallClock: () => host.now(),
        handOver: (value) => {
          if (!this.#isClosed) host.emit(value as Out)
        },
      },
      { acknowledged() {}, committed() {}, wake() {}, failed() {} },
      undefined,
    )
    try {
      this.#task.openNow()
    } catch (error) {
      this.#isClosed = true
      this.#release()
      throw error
    }
  }

  push(value: In): void {
    if (this.#isClosed || this.#hasEnded) return
    if (this.#isRunning) {
      this.#queued.push(value)
      return
    }
    this.#isRunning = true
    try {
      this.#task.takePushed(value)
      if (this.#queued.length > 0 || this.#hasEnded) this.#workOff()
    } catch (error) {
      this.#ended({ error })
      return
    }
    this.#isRunning = false
    if (this.#isClosed || this.#hasFinished) this.#ended(undefined)
  }

  tick(): void {
    this.#run(() => this.#task.step())
  }

  nextDue(): number {
    return this.#isClosed ? Number.POSITIVE_INFINITY : this.#task.nextClockDue()
  }

  complete(): void {
    this.#hasEnded = true
    this.#run(() => {})
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#isRunning) {
      this.#task.pause.pause()
      return
    }
    const failure = this.#release()
    if (failure !== undefined) throw failure.error
  }

  metrics(): PushJobMetrics {
    const steps = stepMetrics(this.#plan.nodes, this.#task)
    return {
      recordsIn: this.#task.records,
      recordsOut: this.#task.sinks.reduce((total, sink) => total + sink.recordsIn, 0),
      late: steps.reduce((total, step) => total + (step.counters.late ?? 0), 0),
      watermark: this.#task.watermark,
      clock: this.#task.clock.now(),
      steps,
    }
  }

  #run(work: () => void): void {
    if (this.#isRunning || this.#isClosed) return
    this.#isRunning = true
    try {
      work()
      this.#workOff()
    } catch (error) {
      this.#ended({ error })
      return
    }
    this.#isRunning = false
    if (this.#isClosed || this.#hasFinished) this.#ended(undefined)
  }

  /** What results have led to, and then the end if it has come. */
  #workOff(): void {
    while (this.#queued.length > 0 && !this.#isClosed) {
      const queued = this.#queued
      this.#queued = []
      for (let i = 0; i < queued.length && !this.#isClosed; i++) this.#task.takePushed(queued[i])
    }
    if (!this.#hasEnded || this.#isClosed) return
    this.#source.end()
    const outcome = this.#task.step()
    if (this.#isClosed || outcome !== 'ended') return
    this.#task.finish()
    this.#hasFinished = true
  }

  /** It has finished, failed, or was closed from inside a result. */
  #ended(failure: { readonly error: unknown } | undefined): void {
    this.#isRunning = false
    const wasClosed = this.#isClosed
    this.#isClosed = true
    const inClosing = this.#release()
    if (wasClosed) return
    const error = failure ?? inClosing
    if (error === undefined) this.#host.finished()
    else this.#host.failed(error.error)
  }

  #release(): { readonly error: unknown } | undefined {
    if (this.#abort.signal.aborted) return undefined
    this.#abort.abort()
    this.#queued = []
    try {
      this.#task.closeNow()
    } catch (error) {
      return { error }
    }
    return undefined
  }
}

function plan<In, Out>({ name, build }: PushPipeline<In, Out>): { source: PushSource<In>; task: JobTask } {
  const env = new StreamEnvironment(name)
  const source = pushSource<In>(name)
  const results: unknown = build(env.fromSource(source, { id: 'input' }))
  if (!(results instanceof DataStream && results.belongsTo(env))) {
    throw new MillraceError(
      'CORE_JOB_INVALID',
      `the function given to '${name}' did not return a stream made from its own`,
    )
  }
  if (env.graph().nodes.some((node) => node.type === 'sink')) {
    throw new MillraceError(
      'CORE_JOB_INVALID',
      `the function given to '${name}' adds a sink; return the stream, and subscribe to what comes out`,
    )
  }
  // Nothing is written to it: results are handed over as they are made.
  const sink: Sink<Out> = { kind: 'emit', delivery: 'at-least-once', open: () => ({ write() {} }) }
  results.sinkTo(sink, { id: 'output' })
  const graph = env.graph()
  validateGraph(graph)
  return { source, task: planJob(graph).tasks[0] as JobTask }
}
