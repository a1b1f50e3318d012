import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import type { CheckpointStorage, TakenStorage } from '../checkpoint/checkpoint-storage.ts'
import {
  type CoordinatorInput,
  type CoordinatorOutput,
  type CoordinatorState,
  coordinate,
  initialCoordinator,
} from '../checkpoint/coordinator.ts'
import { type ErrorCode, MillraceError } from '../errors.ts'
import type { JobGraph, JobTask } from '../graph/job-graph.ts'
import type { JobHandle, JobResult, ResumePoint } from './job-handle.ts'
import type { JobMetrics, JobStatus, StepMetrics } from './job-metrics.ts'
import type { RestartStrategy } from './restart-strategy.ts'
import { stepMetrics } from './step-metrics.ts'
import { Task, type TaskSnapshot } from './task.ts'

/** Everything that says how a job is run, checked and with its defaults filled in. */
export interface ExecutionSettings {
  readonly maxParallelism: number
  readonly batchSize: number
  readonly isReplay: boolean
  /** Event time passes so many times as fast as the wall clock; `undefined`: flat out. */
  readonly speed: number | undefined
  readonly sliceMs: number
  readonly storage: CheckpointStorage
  readonly checkpointEveryMs: number | undefined
  /** For tests: a checkpoint after each so many records. */
  readonly checkpointEveryRecords: number | undefined
  readonly checkpointTimeoutMs: number
  readonly tolerableCheckpointFailures: number
  readonly resume: boolean
  readonly restart: RestartStrategy
  /** Ms since 1970 UTC; what a live job's clock follows. */
  wallClock(): number
  /** A wall clock that is moved by hand wakes nobody: it is looked at so often while the job waits. */
  readonly clockLookMs: number
  readonly signal: AbortSignal | undefined
}

/** Starts a job in this process, on this thread. */
export function startLocally(job: JobGraph, settings: ExecutionSettings): JobHandle {
  return new LocalExecution(job, settings)
}

type Ending = 'finished' | 'stopped'

/** One job from start to end, through as many attempts as its restart strategy allows. */
class LocalExecution implements JobHandle {
  readonly finished: Promise<JobResult>
  resumedFrom: ResumePoint | undefined
  readonly #job: JobGraph
  readonly #settings: ExecutionSettings
  readonly #failures: number[] = []
  readonly #checkpoints = { completed: 0, aborted: 0, lastId: 0, lastDurationMs: undefined as number | undefined }
  #status: JobStatus = 'starting'
  #attempt: Attempt | undefined
  #isCancelled = false
  #isStopping = false
  #taken: TakenStorage | undefined
  #lastMetrics: JobMetrics | undefined
  #wakeRestart: (() => void) | undefined
  /** Resolves with the first attempt, or the end where there is none. */
  readonly #firstAttempt: Promise<void>
  #hasStarted!: () => void

  constructor(job: JobGraph, settings: ExecutionSettings) {
    this.#job = job
    this.#settings = settings
    const cancel = (): void => this.cancel()
    this.#firstAttempt = new Promise((resolve) => {
      this.#hasStarted = resolve
    })
    settings.signal?.addEventListener('abort', cancel, { once: true })
    if (settings.signal?.aborted === true) this.#isCancelled = true
    this.finished = this.#run().finally(() => settings.signal?.removeEventListener('abort', cancel))
    // Whoever does not look at `finished` learns of a failure by `metrics()`; it is not an unhandled rejection then.
    this.finished.catch(() => {})
  }

  metrics(): JobMetrics {
    const attempt = this.#attempt
    if (attempt === undefined) return this.#lastMetrics ?? this.#metricsOf(undefined)
    this.#lastMetrics = this.#metricsOf(attempt)
    return this.#lastMetrics
  }

  async triggerCheckpoint(): Promise<number> {
    await this.#firstAttempt
    if (this.#attempt === undefined) throw new MillraceError('CORE_CHECKPOINT_FAILED', 'the job is not running')
    return this.#attempt.triggerCheckpoint()
  }

  stop(): Promise<JobResult> {
    this.#isStopping = true
    this.#attempt?.stop()
    return this.finished
  }

  cancel(): void {
    this.#isCancelled = true
    this.#attempt?.fail(cancelled())
    this.#wakeRestart?.()
  }

  async #run(): Promise<JobResult> {
    try {
      await this.#checkStart()
    } catch (error) {
      throw this.#end('failed', error)
    }
    for (;;) {
      if (this.#isCancelled) throw this.#end('cancelled', cancelled())
      try {
        const ending = await this.#attemptOnce()
        return this.#result(ending)
      } catch (error) {
        if (this.#isCancelled) throw this.#end('cancelled', cancelled())
        await this.#beforeNextAttempt(await this.#explained(error))
      }
    }
  }

  /** Before the storage is taken: a start that is refused leaves one that is under way alone. */
  async #checkStart(): Promise<void> {
    const { storage, resume } = this.#settings
    const found = await storage.latest()
    if (found === undefined) return
    if (!resume) {
      throw new MillraceError(
        'CORE_CHECKPOINT_MISMATCH',
        `the storage holds checkpoint ${found.checkpointId} of job '${found.job}', and the job was told not to resume`,
      )
    }
    checkBelongsTo(found, this.#job)
  }

  async #attemptOnce(): Promise<Ending> {
    const taken = await (this.#taken === undefined ? this.#settings.storage.take() : this.#taken.takeAgain())
    const isFirst = this.#taken === undefined
    this.#taken = taken
    const { latest } = taken
    if (latest !== undefined) checkBelongsTo(latest, this.#job)
    if (isFirst && latest !== undefined) {
      this.resumedFrom = { checkpointId: latest.checkpointId, records: latest.records }
    }
    const attempt = new Attempt(this.#job, this.#settings, taken, this.#checkpoints)
    this.#attempt = attempt
    this.#hasStarted()
    if (this.#isStopping) attempt.stop()
    this.#status = 'running'
    return attempt.run()
  }

  /** Where another run has taken over, that is what the failure comes from: what it says may be lost is in the other's hands. */
  async #explained(error: unknown): Promise<unknown> {
    const isTaken = (await this.#taken?.isTaken().catch(() => false)) ?? false
    if (!isTaken || isCode(error, 'CORE_CHECKPOINT_TAKEN')) return error
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    const what = `another run of the job has taken its checkpoints, and this one failed${code}`
    return new MillraceError('CORE_CHECKPOINT_TAKEN', what, { cause: error })
  }

  /** @throws the failure when there is to be no further attempt. */
  async #beforeNextAttempt(error: unknown): Promise<void> {
    this.#failures.push(Date.now())
    const delayMs = canRetry(error) && canReplay(this.#job) ? this.#settings.restart.delayMs(this.#failures) : undefined
    if (delayMs === undefined) throw this.#end('failed', error)
    this.#lastMetrics = this.metrics()
    this.#attempt = undefined
    this.#status = 'restarting'
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs)
      this.#wakeRestart = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wakeRestart = undefined
  }

  #result(ending: Ending): JobResult {
    this.#end(ending, undefined)
    return { name: this.#job.name, status: ending, resumedFrom: this.resumedFrom, metrics: this.metrics() }
  }

  #end(status: JobStatus, error: unknown): unknown {
    this.#status = status
    this.#hasStarted()
    this.#lastMetrics = this.metrics()
    this.#attempt = undefined
    this.#lastMetrics = { ...this.#lastMetrics, status }
    return error
  }

  #metricsOf(attempt: Attempt | undefined): JobMetrics {
    const steps = attempt?.steps() ?? []
    const sum = (pick: (step: StepMetrics) => number): number => steps.reduce((total, step) => total + pick(step), 0)
    const watermark = attempt?.task.watermark ?? Number.NEGATIVE_INFINITY
    const clock = attempt?.task.clock.now() ?? Number.NEGATIVE_INFINITY
    return {
      status: this.#status,
      recordsIn: attempt?.task.records ?? 0,
      recordsOut: attempt?.task.sinks.reduce((total, sink) => total + sink.recordsIn, 0) ?? 0,
      late: sum((step) => step.counters.late ?? 0),
      rejected: sum((step) => step.counters.rejected ?? 0),
      watermark,
      watermarkLagMs: Number.isFinite(watermark) && Number.isFinite(clock) ? clock - watermark : undefined,
      clock,
      busyMs: attempt?.busyMs ?? 0,
      backPressuredMs: attempt?.backPressuredMs ?? 0,
      idleMs: attempt?.idleMs ?? 0,
      checkpoints: { ...this.#checkpoints },
      restarts: this.#failures.length,
      steps,
    }
  }
}

function cancelled(): MillraceError {
  return new MillraceError('CORE_CANCELLED', 'the job was cancelled')
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof MillraceError && error.code === code
}

/** Whether a further attempt may go better. Errors from user code and from outside may; mistakes and damage will not. */
function canRetry(error: unknown): boolean {
  return !(error instanceof MillraceError) || error.retryable
}

/** A source that cannot be read again would leave a hole: such a job does not survive a failure. */
function canReplay(job: JobGraph): boolean {
  return job.tasks.flatMap(({ nodes }) => nodes).every((node) => node.type !== 'source' || node.source.replayable)
}

function checkBelongsTo(checkpoint: Checkpoint, job: JobGraph): void {
  if (checkpoint.format !== 1 && checkpoint.format !== 2) {
    throw new MillraceError(
      'CORE_CHECKPOINT_MISMATCH',
      `checkpoint ${checkpoint.checkpointId} is in format ${checkpoint.format}, this version reads 1 and 2`,
    )
  }
  if (checkpoint.fingerprint === job.fingerprint) return
  const now = new Map(job.tasks.flatMap((task) => task.nodes).map((node) => [node.id, node.kind]))
  const before = new Map(checkpoint.steps.map((step) => [step.id, step.kind]))
  const differences = [
    ...[...before].filter(([id, kind]) => now.get(id) !== kind).map(([id, kind]) => `it had '${id}' (${kind})`),
    ...[...now].filter(([id, kind]) => before.get(id) !== kind).map(([id, kind]) => `the job has '${id}' (${kind})`),
  ]
  throw new MillraceError(
    'CORE_CHECKPOINT_MISMATCH',
    `checkpoint ${checkpoint.checkpointId} is of another job ('${checkpoint.job}'): ${differences.join('; ') || 'its steps are connected otherwise'}`,
  )
}

/** One attempt: a task, its checkpoints, and the waiting in between. */
class Attempt {
  readonly task: Task
  busyMs = 0
  backPressuredMs = 0
  idleMs = 0
  readonly #job: JobGraph
  readonly #settings: ExecutionSettings
  readonly #storage: TakenStorage
  readonly #abort = new AbortController()
  readonly #checkpoints: {
    completed: number
    aborted: number
    lastId: number
    lastDurationMs: number | undefined
  }
  #coordinator: CoordinatorState
  /** Triggered and not yet taken up between two records. */
  #barrier: number | undefined
  #snapshot: TaskSnapshot | undefined
  #isFinal = false
  #isStopping = false
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined
  #wasWoken = false
  #lastTriggerAt = 0
  #lastTriggerRecords: number
  #waiters: { readonly resolve: (id: number) => void; readonly reject: (error: unknown) => void }[] = []
  #paceStart: { readonly wall: number; readonly key: number } | undefined

  constructor(
    job: JobGraph,
    settings: ExecutionSettings,
    storage: TakenStorage,
    checkpoints: { completed: number; aborted: number; lastId: number; lastDurationMs: number | undefined },
  ) {
    this.#job = job
    this.#settings = settings
    this.#storage = storage
    const restored = storage.latest
    this.#checkpoints = checkpoints
    this.#lastTriggerRecords = restored?.records ?? 0
    this.task = new Task(
      job.tasks[0] as JobTask,
      { ...settings, signal: this.#abort.signal, isTaken: () => storage.isTaken() },
      {
        acknowledged: (from, checkpointId) => this.#tell({ type: 'acknowledge', checkpointId, from }),
        committed: (from, checkpointId) => this.#tell({ type: 'committed', checkpointId, from }),
        failed: (error) => this.fail(error),
        wake: () => this.#wakeUp(),
      },
      restored,
    )
    this.#coordinator = initialCoordinator({
      participants: [this.task.id, ...this.task.sinks.map((sink) => sink.operatorId)],
      lastCheckpointId: restored?.checkpointId ?? 0,
      timeoutMs: settings.checkpointTimeoutMs,
      tolerableFailures: settings.tolerableCheckpointFailures,
    })
  }

  async run(): Promise<Ending> {
    let failure: { readonly error: unknown } | undefined
    let ending: Ending = 'finished'
    try {
      await this.task.open()
      this.#lastTriggerAt = performance.now()
      if (this.#storage.latest?.isFinal !== true) {
        ending = await this.#loop()
        await this.#finalCheckpoint(ending)
        if (ending === 'finished') this.task.finish()
      }
    } catch (error) {
      failure = { error }
    }
    failure = this.#failure ?? failure
    this.#abort.abort()
    for (const waiter of this.#waiters.splice(0)) {
      waiter.reject(new MillraceError('CORE_CHECKPOINT_FAILED', 'the job ended before the checkpoint was complete'))
    }
    try {
      await this.task.close()
    } catch (error) {
      failure ??= { error }
    }
    if (failure !== undefined) throw failure.error
    return ending
  }

  steps(): StepMetrics[] {
    return stepMetrics((this.#job.tasks[0] as JobTask).nodes, this.task)
  }

  triggerCheckpoint(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      this.#tell({ type: 'trigger' })
      this.#wakeUp()
    })
  }

  stop(): void {
    this.#isStopping = true
    // Else it would go on to the end of its slice, and a short job to its end.
    this.task.pause.pause()
    this.#wakeUp()
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#abort.abort()
    this.#wakeUp()
  }

  async #loop(): Promise<Ending> {
    for (;;) {
      this.#throwIfFailed()
      this.#takeBarrier()
      if (this.#isStopping) return 'stopped'
      this.task.discover(performance.now())
      const paceLimit = this.#paceLimit()
      const pace = this.#paceMs(paceLimit)
      if (pace > 0) {
        this.idleMs += await this.#waitFor(undefined, Math.min(pace, this.#untilTickMs()))
        this.#tick()
        continue
      }
      const startedAt = performance.now()
      const outcome = this.task.step(paceLimit)
      this.busyMs += performance.now() - startedAt
      switch (outcome) {
        case 'paused':
          await macrotask()
          break
        case 'output-full':
          this.backPressuredMs += await this.#waitFor(undefined, this.#untilTickMs())
          break
        case 'wait':
          this.idleMs += await this.#waitFor(this.task.waitForSources(), this.#untilWorkMs())
          break
        case 'ended':
          return 'finished'
      }
      this.#tick()
    }
  }

  async #finalCheckpoint(ending: Ending): Promise<void> {
    // One that is under way comes first.
    while (this.#coordinator.phase !== 'idle') {
      this.#throwIfFailed()
      await this.#waitFor(undefined, 100)
      this.#tick(false)
    }
    this.#throwIfFailed()
    this.#isFinal = ending === 'finished'
    const before = this.#checkpoints.completed
    this.#tell({ type: 'trigger' })
    this.#takeBarrier()
    while (this.#coordinator.phase !== 'idle') {
      this.#throwIfFailed()
      await this.#waitFor(undefined, 100)
      this.#tick(false)
    }
    this.#throwIfFailed()
    if (this.#checkpoints.completed === before) {
      throw new MillraceError('CORE_CHECKPOINT_FAILED', 'the last checkpoint of the job could not be completed')
    }
  }

  /** Between two records: the barrier. */
  #takeBarrier(): void {
    const checkpointId = this.#barrier
    if (checkpointId === undefined) return
    this.#barrier = undefined
    this.#snapshot = this.task.snapshot(checkpointId)
    this.#tell({ type: 'acknowledge', checkpointId, from: this.task.id })
  }

  #tick(mayTrigger = true): void {
    this.#tell({ type: 'tick' })
    if (!mayTrigger || this.#coordinator.phase !== 'idle') return
    const { checkpointEveryRecords } = this.#settings
    const isDue =
      this.#untilTriggerMs() <= 0 ||
      (checkpointEveryRecords !== undefined && this.task.records - this.#lastTriggerRecords >= checkpointEveryRecords)
    if (isDue) this.#tell({ type: 'trigger' })
  }

  #tell(input: CoordinatorInput): void {
    const { state, outputs } = coordinate(this.#coordinator, input, performance.now())
    this.#coordinator = state
    for (const output of outputs) this.#obey(output)
  }

  #obey(output: CoordinatorOutput): void {
    switch (output.type) {
      case 'inject-barrier':
        this.#barrier = output.checkpointId
        this.#lastTriggerAt = performance.now()
        this.#lastTriggerRecords = this.task.records
        this.task.pause.pause()
        break
      case 'store':
        void this.#store(output.checkpointId)
        break
      case 'commit':
        for (const sink of this.task.sinks) sink.commit(output.checkpointId)
        void this.#notifyComplete(output.checkpointId)
        break
      case 'completed':
        this.#checkpoints.completed += 1
        this.#checkpoints.lastId = output.checkpointId
        this.#checkpoints.lastDurationMs = output.durationMs
        for (const waiter of this.#waiters.splice(0)) waiter.resolve(output.checkpointId)
        this.#wakeUp()
        break
      case 'aborted': {
        this.#checkpoints.aborted += 1
        this.#barrier = undefined
        this.task.checkpointAborted(output.checkpointId)
        const error = new MillraceError('CORE_CHECKPOINT_FAILED', `checkpoint ${output.checkpointId}: ${output.reason}`)
        for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
        this.#wakeUp()
        break
      }
      case 'fail-job':
        this.fail(this.#storeFailure ?? new MillraceError('CORE_CHECKPOINT_FAILED', output.reason))
        break
    }
  }

  #storeFailure: unknown

  async #store(checkpointId: number): Promise<void> {
    const snapshot = this.#snapshot as TaskSnapshot
    const nodes = this.#job.tasks.flatMap((task) => task.nodes)
    try {
      await this.#storage.write({
        format: 2,
        job: this.#job.name,
        fingerprint: this.#job.fingerprint,
        steps: nodes.map(({ id, kind }) => ({ id, kind })),
        checkpointId,
        clock: snapshot.clock,
        records: snapshot.records,
        operators: snapshot.operators,
        sources: snapshot.sources,
        sinks: this.task.sinkSnapshots(),
        isFinal: this.#isFinal,
      })
      this.#tell({ type: 'stored', checkpointId })
    } catch (error) {
      // No later one could be stored either, and the one who can has what this attempt's sinks have prepared.
      if (isCode(error, 'CORE_CHECKPOINT_TAKEN')) this.fail(error)
      this.#storeFailure = error
      this.#tell({
        type: 'store-failed',
        checkpointId,
        reason: error instanceof MillraceError ? error.what : 'the storage failed',
      })
    }
  }

  async #notifyComplete(checkpointId: number): Promise<void> {
    try {
      await this.task.checkpointComplete(checkpointId, this.#snapshot as TaskSnapshot)
      this.#tell({ type: 'committed', checkpointId, from: this.task.id })
    } catch (error) {
      this.fail(error)
    }
  }

  /** How far a paced replay may have come by now, in the data's own time. It begins with the first record that has a time. */
  #paceLimit(): number {
    const { speed } = this.#settings
    if (speed === undefined) return Number.POSITIVE_INFINITY
    const key = this.task.nextKey
    if (key !== undefined && Number.isFinite(key)) this.#paceStart ??= { wall: performance.now(), key }
    if (this.#paceStart === undefined) return Number.NEGATIVE_INFINITY
    return this.#paceStart.key + (performance.now() - this.#paceStart.wall) * speed
  }

  /** How long to wait before the next record of a paced replay is due. */
  #paceMs(paceLimit: number): number {
    const { speed } = this.#settings
    const key = speed === undefined ? undefined : this.task.nextKey
    return speed === undefined || key === undefined || !Number.isFinite(key)
      ? 0
      : Math.max(0, (key - paceLimit) / speed)
  }

  #untilTriggerMs(): number {
    const { checkpointEveryMs } = this.#settings
    return checkpointEveryMs === undefined
      ? Number.POSITIVE_INFINITY
      : this.#lastTriggerAt + checkpointEveryMs - performance.now()
  }

  /** When the coordinator has to be asked again: for the next checkpoint, or whether the one under way is overdue. */
  #untilTickMs(): number {
    return this.#coordinator.phase === 'idle' ? this.#untilTriggerMs() : 100
  }

  #untilWorkMs(): number {
    const untilTick = this.#untilTickMs()
    if (this.task.clock.isReplay) return untilTick
    const untilDiscovery = this.task.discoveryDue - performance.now()
    const untilClock = Math.min(this.task.nextClockDue() - this.#settings.wallClock(), this.#settings.clockLookMs)
    return Math.min(untilTick, untilClock, untilDiscovery)
  }

  /** Waits for the promise, a wake-up or the time, whichever is first; how long it was. */
  async #waitFor(promise: Promise<unknown> | undefined, timeoutMs: number): Promise<number> {
    const startedAt = performance.now()
    if (!this.#wasWoken && timeoutMs > 0) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        if (Number.isFinite(timeoutMs)) timer = setTimeout(resolve, Math.min(timeoutMs, 2 ** 31 - 1))
        // What failed is thrown by the next step, which knows where.
        promise?.then(
          () => resolve(),
          () => resolve(),
        )
      })
      clearTimeout(timer)
      this.#wake = undefined
    } else await macrotask()
    this.#wasWoken = false
    return performance.now() - startedAt
  }

  #wakeUp(): void {
    this.#wasWoken = true
    this.#wake?.()
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}

/** Gives timers and sockets their turn: a loop of promises alone would starve them. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
