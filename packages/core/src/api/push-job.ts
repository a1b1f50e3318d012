import { DEFAULT_MAX_PARALLELISM } from '../elements/key-group.ts'
import type { JobTask } from '../graph/job-graph.ts'
import { planJob } from '../graph/job-graph.ts'
import { validateGraph } from '../graph/validate-graph.ts'
import type { Sink } from '../operators/sinks/sink.ts'
import { pushSource } from '../operators/sources/push-source.ts'
import { Task } from '../runtime/task.ts'
import type { DataStream } from './data-stream.ts'
import { StreamEnvironment } from './environment.ts'

export interface PushJobOptions<In, Out> {
  /** For errors and metrics. */
  readonly name: string
  build(stream: DataStream<In>): DataStream<Out>
  /** Takes each result, before the call that led to it returns. */
  emit(value: Out): void
  /** The job's clock: ms since 1970 UTC. */
  now(): number
}

/** A job that runs inside the calls that are made to it: what is pushed is worked off before `push` returns. */
export interface PushJob<In> {
  /** Inside `emit` it only queues; the call that is under way works it off. @throws what the job's functions throw, located */
  push(value: In): void
  /** Looks at the clock: fires what is due. */
  tick(): void
  /** When `tick` has to be called next, ms since 1970 UTC; infinity when nothing waits. */
  nextDue(): number
  /** The end of the input: fires all event-time timers and windows. */
  complete(): void
  /** Ends the job where it is and frees what it holds. Nothing is flushed. */
  close(): void
}

/** Builds a job of one input and one output, and opens it. @throws CORE_JOB_INVALID */
export function createPushJob<In, Out>(options: PushJobOptions<In, Out>): PushJob<In> {
  const env = new StreamEnvironment(options.name)
  const source = pushSource<In>(options.name)
  options.build(env.fromSource(source, { id: 'input' })).sinkTo(emittingSink(options.emit), { id: 'output' })
  const graph = env.graph()
  validateGraph(graph)
  const abort = new AbortController()
  let failure: { readonly error: unknown } | undefined
  const task = new Task(
    planJob(graph).tasks[0] as JobTask,
    {
      maxParallelism: DEFAULT_MAX_PARALLELISM,
      batchSize: 1_024,
      isReplay: false,
      // It runs to quiet: the caller waits for the results.
      sliceMs: Number.POSITIVE_INFINITY,
      signal: abort.signal,
      wallClock: options.now,
    },
    {
      acknowledged() {},
      committed() {},
      wake() {},
      failed(error) {
        failure ??= { error }
      },
    },
    undefined,
  )
  let isRunning = false
  let isClosed = false
  const toQuiet = (): void => {
    if (isRunning || isClosed) return
    isRunning = true
    try {
      let outcome = task.step()
      while (
        !isClosed &&
        failure === undefined &&
        (source.hasMore || outcome === 'paused' || outcome === 'output-full')
      ) {
        outcome = task.step()
      }
      if (failure !== undefined) throw failure.error
    } finally {
      isRunning = false
    }
  }
  task.openNow()
  return {
    push(value) {
      source.push(value)
      toQuiet()
    },
    tick: toQuiet,
    nextDue: () => (isClosed ? Number.POSITIVE_INFINITY : task.nextClockDue()),
    complete() {
      source.end()
      toQuiet()
    },
    close() {
      if (isClosed) return
      isClosed = true
      abort.abort()
      task.closeNow()
    },
  }
}

function emittingSink<T>(emit: (value: T) => void): Sink<T> {
  return {
    kind: 'emit',
    delivery: 'at-least-once',
    open: () => ({
      write(values) {
        for (let i = 0; i < values.length; i++) emit(values[i] as T)
      },
    }),
  }
}
