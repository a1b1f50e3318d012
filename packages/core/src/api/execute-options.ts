import type { CheckpointStorage } from '../checkpoint/checkpoint-storage.ts'
import { memoryStorage } from '../checkpoint/storages/memory-storage.ts'
import { checkObject } from '../elements/check-given.ts'
import { DEFAULT_MAX_PARALLELISM } from '../elements/key-group.ts'
import { MillraceError } from '../errors.ts'
import type { StreamGraph } from '../graph/stream-graph.ts'
import type { ExecutionSettings } from '../runtime/local-executor.ts'
import { noRestart, type RestartStrategy } from '../runtime/restart-strategy.ts'
import { type Duration, parseDuration } from '../time/duration.ts'

export interface CheckpointOptions {
  /** Of the wall clock. Without it a checkpoint is taken at the end of input, at `stop` and by `triggerCheckpoint` only. */
  readonly every?: Duration
  /** A checkpoint after at least so many records, however long that takes; for tests and replays. */
  readonly everyRecords?: number
  /** Default: in memory, which survives a failure of the job but not of the process. */
  readonly storage?: CheckpointStorage
  /** A checkpoint that is not prepared after so long is given up. Default 10 m. */
  readonly timeout?: Duration
  /** So many checkpoints in a row may fail before the job does. Default 0. */
  readonly tolerableFailures?: number
}

export interface ExecuteOptions {
  readonly checkpoints?: CheckpointOptions
  /** What happens after a failure. Default `noRestart()`. */
  readonly restart?: RestartStrategy
  /** Aborting it cancels the job. */
  readonly signal?: AbortSignal
  /**
   * Go on from the newest checkpoint of the storage, if there is one. Default true. False refuses to start where there is one,
   * so that a fresh start never mixes with what an earlier run has written.
   */
  readonly resume?: boolean
  /**
   * What the job's clock follows: the wall clock, or the data. Default: the data where every source is bounded and none
   * is live. See `JobClock`. A clock of your own takes the wall clock's place, such as `manualClock()` of `@millrace/core/testing`.
   */
  readonly clock?: 'live' | 'replay' | { now(): number }
  /**
   * Replays so many times as fast as the data's own time: no record enters before its time. Needs timestamps at every source.
   * Default: flat out.
   */
  readonly speed?: number
  /** Records that a source is asked for at a time. It changes no result. Default 1,024. */
  readonly batchSize?: number
  /** Key groups: the most subtasks that keyed state can ever be dealt out to. Fixed for the life of the state. Default 128. */
  readonly maxParallelism?: number
  /** 1: more are not there yet. */
  readonly parallelism?: number
}

const CLOCK_LOOK_MS = 10

/** Checks the options and fills in the defaults. @throws CORE_OPTION_INVALID, CORE_DURATION_INVALID, CORE_NOT_AVAILABLE */
export function executionSettings(graph: StreamGraph, options: ExecuteOptions): ExecutionSettings {
  checkObject(options, 'the options of execute')
  const { checkpoints = {}, restart = noRestart() } = options
  checkObject(checkpoints, 'checkpoints')
  const { storage = memoryStorage() } = checkpoints
  checkObject(storage, 'checkpoints.storage', ['take', 'latest'])
  checkObject(restart, 'restart', ['delayMs'])
  const sources = graph.nodes.filter((node) => node.type === 'source')
  const isBounded = sources.every((node) => node.source.bounded)
  if ((options.parallelism ?? 1) !== 1) {
    throw new MillraceError(
      'CORE_NOT_AVAILABLE',
      `parallelism was ${options.parallelism}; a job runs on one thread: use 1`,
    )
  }
  const ownClock = typeof options.clock === 'object' ? options.clock : undefined
  if (ownClock !== undefined) checkObject(ownClock, 'clock', ['now'])
  if (options.clock === 'replay' && !isBounded) {
    throw new MillraceError('CORE_OPTION_INVALID', "clock was 'replay', but a source of the job has no end: use 'live'")
  }
  const isLive = !isBounded || sources.some((node) => node.source.live === true)
  const isReplay = options.clock === 'replay' || (options.clock === undefined && !isLive)
  if (options.speed !== undefined && !(isReplay && options.speed > 0 && Number.isFinite(options.speed))) {
    throw new MillraceError('CORE_OPTION_INVALID', `speed was ${options.speed}; it is a number above 0, for a replay`)
  }
  const untimed = sources.find((node) => node.watermarks?.timestampOf === undefined)
  if (options.speed !== undefined && untimed !== undefined) {
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      `speed was ${options.speed}, but the source '${untimed.id}' has no timestamps: give it watermarks with a timestamp`,
    )
  }
  return {
    maxParallelism: whole(options.maxParallelism ?? DEFAULT_MAX_PARALLELISM, 'maxParallelism', 1, 32_768),
    batchSize: whole(options.batchSize ?? 1_024, 'batchSize', 1, 1_000_000),
    isReplay,
    speed: options.speed,
    sliceMs: 5,
    storage,
    checkpointEveryMs: checkpoints.every === undefined ? undefined : positiveMs(checkpoints.every, 'checkpoints.every'),
    checkpointEveryRecords:
      checkpoints.everyRecords === undefined
        ? undefined
        : whole(checkpoints.everyRecords, 'checkpoints.everyRecords', 1, Number.MAX_SAFE_INTEGER),
    checkpointTimeoutMs: positiveMs(checkpoints.timeout ?? '10m', 'checkpoints.timeout'),
    tolerableCheckpointFailures: whole(checkpoints.tolerableFailures ?? 0, 'checkpoints.tolerableFailures', 0, 1e9),
    resume: options.resume ?? true,
    restart,
    wallClock: ownClock === undefined ? () => Date.now() : () => ownClock.now(),
    clockLookMs: ownClock === undefined ? Number.POSITIVE_INFINITY : CLOCK_LOOK_MS,
    signal: options.signal,
  }
}

function whole(value: number, what: string, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new MillraceError('CORE_OPTION_INVALID', `${what} was ${value}; it is a whole number from ${least} to ${most}`)
}

function positiveMs(duration: Duration, what: string): number {
  const ms = parseDuration(duration, what)
  if (ms > 0) return ms
  throw new MillraceError('CORE_OPTION_INVALID', `${what} was ${JSON.stringify(duration)}; it is more than 0`)
}
