import { StreamEnvironment } from '../api/environment.ts'
import { type ExecuteOptions, executionSettings } from '../api/execute-options.ts'
import type { JobDefinition } from '../api/job.ts'
import { MillraceError } from '../errors.ts'
import { planJob } from '../graph/job-graph.ts'
import type { StreamGraph, StreamNode } from '../graph/stream-graph.ts'
import { validateGraph } from '../graph/validate-graph.ts'
import { collectingSink } from '../operators/sinks/collecting-sink.ts'
import type { Source } from '../operators/sources/source.ts'
import type { JobResult } from '../runtime/job-handle.ts'
import { startLocally } from '../runtime/local-executor.ts'
import { fixedDelayRestart } from '../runtime/restart-strategy.ts'
import type { ManualClock } from './manual-clock.ts'
import type { ScriptedSource } from './scripted-source.ts'

export interface JobTestOptions {
  /** A checkpoint after so many records. Default 2: a crash repeats a little. */
  readonly checkpointEveryRecords?: number
  /** Default 1,024; changes no result. */
  readonly batchSize?: number
  /**
   * The clock of a live job; `idle` in a script moves it. Without one the job is a replay, its clock driven by the records.
   */
  readonly clock?: ManualClock
}

/** A job under test. It runs once, when it is first asked for something. */
export interface JobTest {
  /** What the sink of this id was given, each record once. @throws what the job failed with */
  output(sinkId: string): Promise<unknown[]>
  result(): Promise<JobResult>
}

/**
 * Runs a job with scripted sources in place of its own, by their ids, and with every sink replaced by one that collects. The job
 * restarts after a crash, from its last checkpoint.
 *
 * @throws CORE_OPTION_INVALID for a source id that the job does not have, or one of the job's that is not given.
 */
export function testJob(
  job: JobDefinition,
  sources: Readonly<Record<string, ScriptedSource<unknown>>>,
  options: JobTestOptions = {},
): JobTest {
  const env = new StreamEnvironment(job.name)
  job.build(env)
  const outputs = new Map<string, unknown[]>()
  const graph = replaced(env.graph(), sources, options.clock, outputs)
  let running: Promise<JobResult> | undefined
  const result = (): Promise<JobResult> => {
    running ??= runToEnd(graph, options)
    return running
  }
  return {
    result,
    async output(sinkId) {
      const collected = outputs.get(sinkId)
      if (collected === undefined) throw unknown('sink', sinkId, outputs.keys())
      await result()
      return collected
    },
  }
}

function replaced(
  graph: StreamGraph,
  sources: Readonly<Record<string, ScriptedSource<unknown>>>,
  clock: ManualClock | undefined,
  outputs: Map<string, unknown[]>,
): StreamGraph {
  const own = graph.nodes.filter((node) => node.type === 'source').map(({ id }) => id)
  for (const id of Object.keys(sources)) if (!own.includes(id)) throw unknown('source', id, own)
  for (const id of own)
    if (sources[id] === undefined)
      throw new MillraceError('CORE_OPTION_INVALID', `source '${id}' of the job was given no script`)
  const nodes = graph.nodes.map((node): StreamNode => {
    if (node.type === 'source') {
      const source = (sources[node.id] as ScriptedSource<unknown>).source(clock) as Source<unknown>
      return { ...node, source }
    }
    if (node.type !== 'sink') return node
    const collected: unknown[] = []
    outputs.set(node.id, collected)
    const sink = collectingSink<unknown>((values) => {
      for (const value of values) collected.push(value)
    })
    return { ...node, sink }
  })
  return { ...graph, nodes }
}

async function runToEnd(graph: StreamGraph, options: JobTestOptions): Promise<JobResult> {
  validateGraph(graph)
  const { clock } = options
  const execute: ExecuteOptions = {
    checkpoints: { everyRecords: options.checkpointEveryRecords ?? 2 },
    restart: fixedDelayRestart(1_000, 0),
    batchSize: options.batchSize ?? 1_024,
  }
  const settings = executionSettings(graph, execute)
  const live = clock === undefined ? {} : { isReplay: false, wallClock: () => clock.now() }
  return startLocally(planJob(graph), { ...settings, ...live }).finished
}

function unknown(what: string, id: string, known: Iterable<string>): MillraceError {
  const names = [...known].map((name) => `'${name}'`).join(', ')
  return new MillraceError('CORE_OPTION_INVALID', `the job has no ${what} '${id}'; it has ${names}`)
}
