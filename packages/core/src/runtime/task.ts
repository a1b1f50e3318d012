import type { Checkpoint, OperatorSnapshot, SinkSnapshot, SourceSnapshot } from '../checkpoint/checkpoint.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../elements/timestamp.ts'
import { MillraceError } from '../errors.ts'
import type { JobNode, JobTask } from '../graph/job-graph.ts'
import type { OperatorNode, StreamEdge } from '../graph/stream-graph.ts'
import type { Place } from '../operators/operator.ts'
import { AlignmentGroup } from '../time/alignment-group.ts'
import { JobClock } from '../time/clock.ts'
import { type FusedStep, fuseSteps } from './fused-steps.ts'
import { OperatorHost, type WatermarkTarget } from './operator-host.ts'
import { PauseControl } from './pause-control.ts'
import type { Receiver } from './receiver.ts'
import { SinkHost } from './sink-host.ts'
import { SourceHost } from './source-host.ts'
import { type TimestampsEnvironment, TimestampsHost } from './timestamps-host.ts'
import { settle, settleNow, type Waiting } from './waiting.ts'

export interface TaskOptions {
  readonly maxParallelism: number
  /** Records that a source is asked for at a time. */
  readonly batchSize: number
  readonly isReplay: boolean
  /** After so much time the event loop gets its turn. */
  readonly sliceMs: number
  readonly signal: AbortSignal
  /** How often checkpoints come, for sinks to know; `undefined` where not by time. */
  readonly checkpointEveryMs?: number | undefined
  /** Whether another attempt has the job's checkpoints by now, for sinks to ask. */
  readonly isTaken?: () => Promise<boolean>
  /** The wall clock; only a live task asks it. */
  wallClock(): number
  /** Takes each result in the middle of the call that makes it, in place of the sinks. For a job that is driven by pushes. */
  readonly handOver?: (value: unknown) => void
}

export interface TaskEvents {
  acknowledged(from: string, checkpointId: number): void
  committed(from: string, checkpointId: number): void
  failed(error: unknown): void
  wake(): void
}

/** What a step of the task came to. */
export type StepOutcome = 'paused' | 'output-full' | 'wait' | 'ended'

type Host = OperatorHost | TimestampsHost

/** What the task's part of a checkpoint is. */
export interface TaskSnapshot {
  readonly clock: number
  readonly records: number
  readonly operators: Readonly<Record<string, OperatorSnapshot>>
  readonly sources: Readonly<Record<string, SourceSnapshot>>
}

/**
 * Steps of a job that run as one, on one thread: sources at one end, sinks at the other, direct calls between.
 *
 * `step` is synchronous and the only thing that is scheduled: it takes records until something says stop, and says what to wait
 * for. Whoever drives it (the executor, the test kit, the RxJS bridge) does the waiting.
 */
export class Task {
  readonly id: string
  readonly clock: JobClock
  readonly place: Place = { step: '' }
  readonly sources: readonly SourceHost[]
  readonly hosts: readonly Host[]
  readonly sinks: readonly SinkHost[]
  readonly pause: PauseControl
  readonly #nodes: readonly JobNode[]
  /** By the first of the steps that run as one. */
  readonly #fused = new Map<string, Receiver>()
  readonly #options: TaskOptions
  readonly #restored: Checkpoint | undefined
  readonly #operators: readonly OperatorHost[]
  readonly #keyed: readonly OperatorHost[]
  readonly #order = new Map<OperatorHost, number>()
  /** Steps that stopped before they were done with their watermark. */
  readonly #unfinished = new Set<OperatorHost>()
  /** Live, after a restore: silence is not called before the sources have caught up with what came meanwhile. */
  #holdsTimers: boolean
  readonly #groups = new Map<string, AlignmentGroup>()
  #hasEnded = false
  #turn = 0
  #paceLimit = Number.POSITIVE_INFINITY
  /** Processing-time timers are due in steps that were at work when the clock moved. */
  #hasOverdueTimers = false
  /** In a replay: a pause has come between timers of the very time that the clock shows. No record enters before the rest. */
  #isClockUnfinished = false
  /** Whose record is under way. */
  #lastSource: SourceHost | undefined

  constructor(task: JobTask, options: TaskOptions, events: TaskEvents, restored: Checkpoint | undefined) {
    this.id = task.id
    this.#nodes = task.nodes
    this.#options = options
    this.#restored = restored
    this.#holdsTimers = restored !== undefined && !options.isReplay
    this.clock = new JobClock(
      options.isReplay,
      restored?.clock ?? (options.isReplay ? MIN_WATERMARK : options.wallClock()),
    )
    this.pause = new PauseControl(options.sliceMs)

    const sources: SourceHost[] = []
    const hosts: Host[] = []
    const sinks: SinkHost[] = []
    const sinkEnvironment = {
      clock: this.clock,
      signal: options.signal,
      checkpointEveryMs: options.checkpointEveryMs,
      isBounded: task.nodes.every((node) => node.type !== 'source' || node.source.bounded),
      isTaken: options.isTaken,
    }
    for (const node of task.nodes) {
      const saved = restored?.operators[node.id]
      switch (node.type) {
        case 'source': {
          const environment = {
            place: this.place,
            clock: this.clock,
            signal: options.signal,
            batchSize: options.batchSize,
            advanceClock: (time: number) => time <= this.#paceLimit && this.#advanceClock(time),
            shouldPause: () => this.pause.shouldPause(),
            hasUnfinished: () => this.#unfinished.size > 0,
            alignmentGroup: (name: string) => this.#alignmentGroup(name),
            wake: () => events.wake(),
            failed: (error: unknown) => events.failed(error),
          }
          sources.push(new SourceHost(node, environment, restored?.sources[node.id]))
          break
        }
        case 'timestamps':
          hosts.push(
            new TimestampsHost(node.id, node.watermarks, node.inputs.length, this.#timestampsEnvironment(), saved),
          )
          break
        case 'operator': {
          const environment = {
            place: this.place,
            pause: this.pause,
            clock: this.clock,
            maxParallelism: options.maxParallelism,
            unfinished: (host: OperatorHost) => {
              this.#unfinished.add(host)
            },
          }
          hosts.push(new OperatorHost(node.id, node.factory, node.inputs.length, environment, saved))
          break
        }
        case 'sink':
          sinks.push(
            new SinkHost(node.id, node.sink, sinkEnvironment, {
              ...events,
              outputFull: () => this.pause.pause(),
            }),
          )
          break
      }
    }
    this.sources = sources
    this.hosts = hosts
    this.sinks = sinks
    this.#operators = hosts.filter((host) => host instanceof OperatorHost)
    this.#operators.forEach((host, i) => {
      this.#order.set(host, i)
    })
    this.#keyed = this.#operators.filter((host) => host.keyCount() !== undefined)
    this.#connect(task.fused)
  }

  /** Opens sinks, steps and sources; after a restore says the watermarks again. */
  open(): Promise<void> {
    return settle(this.#opening())
  }

  /** `open` for a job that is driven by pushes: nothing in it waits. */
  openNow(): void {
    settleNow(this.#opening())
  }

  /**
   * Takes records until the task should pause, has to wait for a source, or all input has ended. In a paced replay it takes none
   * that would move the clock beyond `paceLimit`.
   */
  step(paceLimit: number = Number.POSITIVE_INFINITY): StepOutcome {
    this.pause.resume()
    this.#paceLimit = paceLimit
    return this.#guarded(() => {
      if (!this.clock.isReplay) this.#followWallClock()
      const outcome = this.#takeRecords()
      for (const sink of this.sinks) {
        sink.flush()
        sink.clockMoved()
      }
      return outcome === 'paused' && this.sinks.some((sink) => sink.isFull) ? 'output-full' : outcome
    })
  }

  /**
   * `step` for a job that is driven by pushes and never pauses: works one record off. It is not read from the source, which only
   * says when there are no more: a batch, a wait and a hand-over for each record would cost several times the record itself.
   */
  takePushed(value: unknown): void {
    const source = this.sources[0] as SourceHost
    this.#lastSource = source
    // Not `#guarded`: no closure is made here for each record.
    try {
      this.#followWallClock()
      source.takePushed(value)
    } catch (cause) {
      throw this.#located(cause)
    }
  }

  /** Resolves when a source may have something, for an outcome of 'wait'. */
  waitForSources(): Promise<unknown> {
    const waiting = this.sources.filter((source) => !source.isFinished)
    return this.clock.isReplay
      ? Promise.all(waiting.map((source) => source.wait()))
      : Promise.race(waiting.map((source) => source.wait()))
  }

  /** The next record's place in the order of replay, for whoever paces one. */
  get nextKey(): number | undefined {
    return this.#nextSource()?.nextKey
  }

  /** When a live task has to look at its clock again. */
  nextClockDue(): number {
    let due = Number.POSITIVE_INFINITY
    if (!this.#holdsTimers) for (const host of this.#keyed) due = Math.min(due, host.processingDueNotBefore)
    for (const source of this.sources) due = Math.min(due, source.idleDueNotBefore)
    for (const sink of this.sinks) due = Math.min(due, sink.dueAt)
    return due
  }

  /** When `discover` has to be called next, by `performance.now()`. */
  get discoveryDue(): number {
    return this.sources.reduce((due, source) => Math.min(due, source.discoveryDue), Number.POSITIVE_INFINITY)
  }

  /** Looks for new splits where that is due at `now`. */
  discover(now: number): void {
    for (const source of this.sources) if (source.discoveryDue <= now) source.discover()
  }

  get watermark(): number {
    return this.sources.reduce((least, source) => Math.min(least, source.watermark), MAX_WATERMARK)
  }

  get records(): number {
    return this.sources.reduce((sum, source) => sum + source.records, 0)
  }

  /** The barrier, between two records: everything so far belongs to the checkpoint, and goes into it. */
  snapshot(checkpointId: number): TaskSnapshot {
    return this.#guarded(() => {
      if (this.#isClockUnfinished) this.#finishClock()
      for (const host of this.#operators) host.prepareSnapshot(checkpointId)
      const snapshot = {
        clock: this.clock.now(),
        records: this.records,
        operators: Object.fromEntries(this.hosts.map((host) => [host.operatorId, host.snapshot()])),
        sources: Object.fromEntries(this.sources.map((source) => [source.operatorId, source.snapshot()])),
      }
      for (const sink of this.sinks) sink.prepare(checkpointId)
      return snapshot
    })
  }

  sinkSnapshots(): Record<string, SinkSnapshot> {
    return Object.fromEntries(this.sinks.map((sink) => [sink.operatorId, sink.snapshot()]))
  }

  async checkpointComplete(checkpointId: number, snapshot: TaskSnapshot): Promise<void> {
    for (const host of this.#operators) host.checkpointComplete(checkpointId)
    await Promise.all(
      this.sources.map((source) => source.checkpointComplete(snapshot.sources[source.operatorId] as SourceSnapshot)),
    )
  }

  checkpointAborted(checkpointId: number): void {
    for (const host of this.#operators) host.checkpointAborted(checkpointId)
  }

  finish(): void {
    this.#guarded(() => {
      for (const host of this.#operators) host.finish()
    })
  }

  /** Closes everything, whatever fails on the way; the first failure is thrown at the end. */
  close(): Promise<void> {
    return settle(this.#closing())
  }

  closeNow(): void {
    settleNow(this.#closing())
  }

  *#opening(): Waiting<void> {
    for (const sink of this.sinks) yield* sink.opening(this.#restored?.sinks[sink.operatorId])
    for (const host of [...this.#operators].reverse()) this.#guarded(() => host.open())
    for (const source of this.sources) yield* source.opening()
    this.pause.resume()
    this.#guarded(() => {
      for (const source of this.sources) source.resumeWatermarks()
      for (const host of this.hosts) host.resumeWatermark()
    })
  }

  *#closing(): Waiting<void> {
    const failures: unknown[] = []
    for (const host of [...this.sources, ...this.#operators, ...this.sinks]) {
      try {
        if (host instanceof OperatorHost) this.#guarded(() => host.close())
        else yield* host.closing()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  #takeRecords(): StepOutcome {
    for (;;) {
      if (!this.#settle() || this.pause.shouldPause()) return 'paused'
      if (this.#isClockUnfinished && !this.#advanceClock(this.clock.now())) return 'paused'
      const source = this.#nextSource()
      if (source === undefined) {
        if (this.#hasEnded || this.sources.every((s) => s.isFinished)) return this.#end()
        this.#holdsTimers = false
        return 'wait'
      }
      this.#lastSource = source
      if (source.take(this.sources.length > 1 || this.#hasOverdueTimers) === 'paused') return 'paused'
      if (this.#hasOverdueTimers) {
        this.#hasOverdueTimers = false
        if (!this.#advanceClock(this.clock.now())) return 'paused'
      }
    }
  }

  /** Finishes what is unfinished, the furthest downstream first, so that no step is given more before it is done. */
  #settle(): boolean {
    while (this.#unfinished.size > 0) {
      if (this.pause.shouldPause()) return false
      let last: OperatorHost | undefined
      for (const host of this.#unfinished) {
        if (last === undefined || this.#position(host) > this.#position(last)) last = host
      }
      this.#unfinished.delete(last as OperatorHost)
      last?.run()
    }
    return true
  }

  #position(host: OperatorHost): number {
    return this.#order.get(host) as number
  }

  #end(): StepOutcome {
    if (!this.#hasEnded) {
      this.#hasEnded = true
      for (const host of this.#operators) host.endInput()
    }
    return 'ended'
  }

  /** The source to take the next record from; none where one has to be waited for, or nothing is left. */
  #nextSource(): SourceHost | undefined {
    const [only] = this.sources
    if (this.sources.length === 1 && only !== undefined) return only.prepare() && !only.isFinished ? only : undefined
    return this.clock.isReplay ? this.#firstInTime() : this.#nextInTurn()
  }

  #firstInTime(): SourceHost | undefined {
    const open = this.sources.filter((source) => !source.isFinished)
    let first: SourceHost | undefined
    const byTime = open.every((source) => source.hasTimestamps)
    for (const source of open) {
      if (!source.prepare()) return undefined
      if (source.isFinished) continue
      if (first === undefined || isBefore(source, first, byTime)) first = source
    }
    return first
  }

  #nextInTurn(): SourceHost | undefined {
    do {
      for (let i = 0; i < this.sources.length; i++) {
        const source = this.sources[(this.#turn + i) % this.sources.length] as SourceHost
        if (source.isFinished || !source.prepare() || source.isFinished) continue
        this.#turn = (this.#turn + i + 1) % this.sources.length
        return source
      }
      // A later one may have come to its end, for which an earlier one was held back.
    } while (this.sources.some((source) => source.canRelease))
    return undefined
  }

  #followWallClock(): void {
    const now = this.#options.wallClock()
    if (this.#holdsTimers) this.clock.advanceTo(now)
    else this.#advanceClock(now)
    this.#checkIdle()
  }

  /**
   * Moves the job's clock, stopping at each timer on the way so that it sees its own time. False where it stopped early; it is
   * called again then.
   */
  #advanceClock(time: number): boolean {
    for (;;) {
      const host = firstDue(this.#keyed, time)
      if (host === undefined) break
      if (this.pause.shouldPause()) {
        this.#isClockUnfinished = this.clock.isReplay && this.clock.now() >= time
        return false
      }
      this.#fireProcessingTimer(host)
    }
    this.#isClockUnfinished = false
    this.clock.advanceTo(time)
    if (this.clock.isReplay) this.#checkIdle()
    return true
  }

  /**
   * The same from the middle of the job, while a record is on its way: fires only what stands behind `operatorId`. The steps
   * before it are at work; what is due there follows once the record has passed.
   */
  #advanceClockBehind(operatorId: string, time: number): void {
    const behind = this.#keyedBehind(operatorId)
    for (let host = firstDue(behind, time); host !== undefined; host = firstDue(behind, time)) {
      this.#fireProcessingTimer(host)
    }
    this.clock.advanceTo(time)
    this.#checkIdle()
    this.#hasOverdueTimers = firstDue(this.#keyed, time) !== undefined
  }

  /** Does the rest without a pause: a checkpoint says the clock's time, and not which of its timers have fired. */
  #finishClock(): void {
    const now = this.clock.now()
    for (let host = firstDue(this.#keyed, now); host !== undefined; host = firstDue(this.#keyed, now)) {
      this.#fireProcessingTimer(host)
    }
    this.#isClockUnfinished = false
  }

  #fireProcessingTimer(host: OperatorHost): void {
    const due = host.nextProcessingDue()
    this.clock.advanceTo(due)
    this.place.step = host.operatorId
    host.fireProcessingTimer(due)
  }

  #timestampsEnvironment(): TimestampsEnvironment {
    return {
      place: this.place,
      clock: this.clock,
      advanceClock: (operatorId, time) => this.#advanceClockBehind(operatorId, time),
    }
  }

  readonly #behind = new Map<string, readonly OperatorHost[]>()

  #keyedBehind(operatorId: string): readonly OperatorHost[] {
    let behind = this.#behind.get(operatorId)
    if (behind === undefined) {
      const ids = new Set([operatorId])
      for (const node of this.#nodes) if (node.inputs.some((edge) => ids.has(edge.from))) ids.add(node.id)
      behind = this.#keyed.filter((host) => ids.has(host.operatorId))
      this.#behind.set(operatorId, behind)
    }
    return behind
  }

  #alignmentGroup(name: string): AlignmentGroup | undefined {
    if (this.#options.isReplay) return undefined
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = new AlignmentGroup()
      this.#groups.set(name, group)
    }
    return group
  }

  #checkIdle(): void {
    const now = this.clock.now()
    for (const source of this.sources) if (now >= source.idleDueNotBefore) source.checkIdle()
  }

  #connect(fused: readonly (readonly string[])[]): void {
    for (const group of fused) {
      const receiver = fuseSteps(
        group.map((id) => this.#fusedStep(id)),
        this.place,
      )
      if (receiver !== undefined) this.#fused.set(group[0] as string, receiver)
    }
    for (const node of this.#nodes) {
      if (node.type === 'sink') continue
      const main: Receiver[] = []
      const sides = new Map<string, Receiver[]>()
      for (const { reader, edge } of this.#readersOf(node.id)) {
        const receiver = this.#receiverOf(reader, edge)
        if (edge.tag === undefined) main.push(receiver)
        else sides.set(edge.tag, [...(sides.get(edge.tag) ?? []), receiver])
      }
      const host = this.#hostOf(node.id)
      host.output.connect(main, sides)
      host.forwardTo(this.#watermarkTargets(node.id))
    }
  }

  #fusedStep(id: string): FusedStep {
    const node = this.#nodes.find((n) => n.id === id) as OperatorNode
    const fusable = node.factory.fusable as FusedStep['fusable']
    return { id, fusable, output: this.#hostOf(id).output }
  }

  #readersOf(id: string): { reader: JobNode; edge: StreamEdge; input: number }[] {
    return this.#nodes.flatMap((reader) =>
      reader.inputs.flatMap((edge, input) => (edge.from === id ? [{ reader, edge, input }] : [])),
    )
  }

  #receiverOf(node: JobNode, edge: StreamEdge): Receiver {
    if (node.type === 'sink') return this.#sinkReceiver(node.id)
    const fused = this.#fused.get(node.id)
    if (fused !== undefined) return fused
    const host = this.#hostOf(node.id)
    return host instanceof OperatorHost ? host.receiver(edge.keyBy, edge.input) : (host as TimestampsHost)
  }

  #sinkReceiver(id: string): Receiver {
    const sink = this.sinks.find(({ operatorId }) => operatorId === id) as SinkHost
    const { handOver } = this.#options
    if (handOver === undefined) return sink
    return {
      processRecord(value) {
        sink.recordsIn += 1
        handOver(value)
      },
    }
  }

  #hostOf(id: string): SourceHost | Host {
    return [...this.sources, ...this.hosts].find((host) => host.operatorId === id) as SourceHost | Host
  }

  /** Steps that use time, reached by way of those that do not. */
  #watermarkTargets(id: string): WatermarkTarget[] {
    return this.#readersOf(id).flatMap(({ reader, input }): WatermarkTarget[] => {
      if (reader.type === 'sink') return []
      if (reader.type === 'operator' && !reader.factory.usesTime && reader.inputs.length === 1) {
        return this.#watermarkTargets(reader.id)
      }
      return [{ host: this.#hostOf(reader.id) as Host, input }]
    })
  }

  /** Runs what may call user code; an error says where it happened, never with what value. */
  #guarded<T>(run: () => T): T {
    try {
      return run()
    } catch (cause) {
      throw this.#located(cause)
    }
  }

  #located(cause: unknown): MillraceError {
    const step = this.place.step
    const host = this.#operators.find((h) => h.operatorId === step)
    const keyGroup = host?.currentKeyGroup()
    const where = [
      step === '' ? '' : `step '${step}'`,
      keyGroup === undefined ? '' : `key group ${keyGroup}`,
      this.#lastSource?.whereabouts() ?? '',
    ].filter((part) => part !== '')
    if (cause instanceof MillraceError) {
      const isUserVisible = cause.code.startsWith('CORE_TIMESTAMP') || cause.code.startsWith('CORE_KEY')
      return isUserVisible ? new MillraceError(cause.code, `${cause.what}; ${where.join(', ')}`, { cause }) : cause
    }
    return new MillraceError('CORE_USER_FUNCTION_FAILED', `a function of the job threw; ${where.join(', ')}`, { cause })
  }
}

/** The step whose processing-time timer is due first, at `time` or before. */
function firstDue(hosts: readonly OperatorHost[], time: number): OperatorHost | undefined {
  let first: OperatorHost | undefined
  let due = time
  for (const host of hosts) {
    if (host.processingDueNotBefore > due) continue
    const hostDue = host.nextProcessingDue()
    if (hostDue < due || (hostDue === due && first === undefined)) {
      first = host
      due = hostDue
    }
  }
  return first
}

function isBefore(a: SourceHost, b: SourceHost, byTime: boolean): boolean {
  const [keyA, keyB] = byTime ? [a.nextKey, b.nextKey] : [a.records, b.records]
  return (keyA as number) < (keyB as number)
}
