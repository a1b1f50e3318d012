import { StreamEnvironment } from '../src/api/environment.ts'
import type { Checkpoint } from '../src/checkpoint/checkpoint.ts'
import { type JobTask, planJob } from '../src/graph/job-graph.ts'
import { validateGraph } from '../src/graph/validate-graph.ts'
import { NOTHING_YET } from '../src/operators/sources/push-source.ts'
import type { Source } from '../src/operators/sources/source.ts'
import { Task } from '../src/runtime/task.ts'

/** Splits given in full; one gives no more than `isOpen` lets it, asked before each batch. */
export function splitSource<T>(
  splits: readonly (readonly T[])[],
  options: { batch: number; bounded: boolean; isOpen?: (split: number, index: number) => boolean },
): Source<T> {
  return {
    kind: 'splits',
    bounded: options.bounded,
    replayable: true,
    createEnumerator: () => ({ discover: () => splits.map((_, i) => ({ id: `s${i}` })) }),
    createReader: () => ({
      openSplit: ({ id }, position) => {
        const split = Number(id.slice(1))
        const all = splits[split] as readonly T[]
        let at = (position as number | undefined) ?? 0
        return {
          read() {
            if (options.isOpen?.(split, at) === false) return NOTHING_YET
            if (at >= all.length) return undefined
            const values = all.slice(at, at + options.batch)
            at += values.length
            return { values, position: at }
          },
        }
      },
    }),
  }
}

/** A job on one thread that is stepped by hand, and can be stopped and restored between two steps. */
export class SteppedJob {
  task: Task
  readonly #plan: JobTask
  readonly #isReplay: boolean
  readonly #now: () => number

  constructor(build: (env: StreamEnvironment) => void, options: { isReplay: boolean; now: () => number }) {
    const env = new StreamEnvironment('stepped')
    build(env)
    const graph = env.graph()
    validateGraph(graph)
    this.#plan = planJob(graph).tasks[0] as JobTask
    this.#isReplay = options.isReplay
    this.#now = options.now
    this.task = this.#open(undefined)
  }

  /** A crash after a checkpoint, and a restart from it. */
  restore(): void {
    const snapshot = structuredClone(this.task.snapshot(1))
    const rest = { format: 1, job: 'stepped', fingerprint: '', steps: [], checkpointId: 1, sinks: {}, isFinal: false }
    this.task = this.#open({ ...rest, ...snapshot } as unknown as Checkpoint)
  }

  #open(restored: Checkpoint | undefined): Task {
    const task = new Task(
      this.#plan,
      {
        maxParallelism: 4,
        batchSize: 1_024,
        isReplay: this.#isReplay,
        sliceMs: Number.POSITIVE_INFINITY,
        signal: new AbortController().signal,
        wallClock: this.#now,
      },
      {
        acknowledged() {},
        committed() {},
        wake() {},
        failed: (error) => {
          throw error
        },
      },
      restored,
    )
    task.openNow()
    return task
  }
}
