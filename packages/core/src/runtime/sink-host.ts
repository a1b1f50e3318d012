import type { SinkSnapshot } from '../checkpoint/checkpoint.ts'
import { MillraceError } from '../errors.ts'
import { MetricGroup } from '../metrics/metric-group.ts'
import type { Sink, SinkContext, SinkWriter } from '../operators/sinks/sink.ts'
import type { JobClock } from '../time/clock.ts'
import { outsideFailure } from './outside-failure.ts'
import type { Receiver } from './receiver.ts'
import { until, type Waiting } from './waiting.ts'

/** What a sink shares with the task that writes to it. */
export interface SinkEnvironment {
  readonly clock: JobClock
  readonly signal: AbortSignal
  readonly checkpointEveryMs: number | undefined
  /** Whether every source of the job ends. */
  readonly isBounded: boolean
  /** Whether another attempt has the job's checkpoints; `undefined` where there are none. */
  readonly isTaken: (() => Promise<boolean>) | undefined
}

/** What a sink tells the task. */
export interface SinkEvents {
  /** The buffer is full: stop at the next point where that is possible. */
  outputFull(): void
  /** There is room again, or something else to look at. */
  wake(): void
  acknowledged(sinkId: string, checkpointId: number): void
  committed(sinkId: string, checkpointId: number): void
  failed(error: unknown): void
}

type Item =
  | { readonly type: 'batch'; readonly values: unknown[]; readonly timestamps: number[] }
  | { readonly type: 'prepare'; readonly checkpointId: number }
  | { readonly type: 'commit'; readonly checkpointId: number }
  | { readonly type: 'due' }

const BATCH = 1_024
/** Records that may wait for a slow writer before the task stops. */
const FULL = 4 * BATCH

/** How long a writer may still be at its last call when the job is over; after that it is left alone. */
const PATIENCE_MS = 30_000

/**
 * Runs one sink writer: takes records from the task without waiting, and carries them out one call at a time, in order, with
 * barriers between them; a commit is the next call. When too many wait the task stops until there is room.
 */
export class SinkHost implements Receiver {
  readonly operatorId: string
  readonly kind: string
  recordsIn = 0
  readonly counters: MetricGroup = new MetricGroup()
  readonly #sink: Sink<unknown>
  readonly #environment: SinkEnvironment
  readonly #events: SinkEvents
  #writer: SinkWriter<unknown> | undefined
  readonly #queue: Item[] = []
  #values: unknown[] = new Array(BATCH)
  #timestamps: number[] = new Array(BATCH)
  #gathered = 0
  #waiting = 0
  #isPumping = false
  /** The call that the writer is at. */
  #inFlight: Promise<void> | undefined
  #isClosed = false
  /** The writer is about to be told that its time has come. */
  #isDue = false
  /** What the task knows of `dueAt`. */
  #knownDueAt = Number.POSITIVE_INFINITY
  /** Prepared and in no completed checkpoint yet, in order. */
  readonly #pending: { readonly checkpointId: number; readonly committable: unknown }[] = []
  #snapshot: SinkSnapshot | undefined

  constructor(operatorId: string, sink: Sink<unknown>, environment: SinkEnvironment, events: SinkEvents) {
    this.operatorId = operatorId
    this.kind = sink.kind
    this.#sink = sink
    this.#environment = environment
    this.#events = events
  }

  *opening(restored: SinkSnapshot | undefined): Waiting<void> {
    try {
      // Counters go on before the writer can ask for one.
      this.counters.restore(restored?.counters ?? {})
      const writer = yield* until(this.#sink.open(this.#context(restored !== undefined)))
      this.#writer = writer
      const { delivery, kind } = this.#sink
      if (delivery === 'exactly-once' && !(writer.prepareCommit && writer.commit && writer.recover)) {
        throw new MillraceError(
          'CORE_JOB_INVALID',
          `sink '${this.operatorId}' (${kind}) promises exactly once without prepareCommit, commit and recover`,
        )
      }
      yield* until(writer.recover?.(restored?.committables ?? [], restored?.state))
      this.recordsIn = restored?.recordsIn ?? 0
    } catch (cause) {
      throw this.#failure(cause, 'could not start')
    }
  }

  get isFull(): boolean {
    return this.#waiting >= FULL
  }

  processRecord(value: unknown, timestamp: number): void {
    this.recordsIn += 1
    this.#waiting += 1
    const at = this.#gathered++
    this.#values[at] = value
    this.#timestamps[at] = timestamp
    if (this.#gathered < BATCH) return
    this.flush()
    if (this.#waiting >= FULL) this.#events.outputFull()
  }

  /** Hands over what has gathered, also if it is little. */
  flush(): void {
    const count = this.#gathered
    if (count === 0) return
    this.#gathered = 0
    if (count === BATCH) {
      const item: Item = { type: 'batch', values: this.#values, timestamps: this.#timestamps }
      this.#values = new Array(BATCH)
      this.#timestamps = new Array(BATCH)
      this.#enqueue(item)
      return
    }
    // The buffers stay: a job that gets one record at a time would throw them away for each.
    const values = this.#values.slice(0, count)
    this.#values.fill(undefined, 0, count)
    this.#enqueue({ type: 'batch', values, timestamps: this.#timestamps.slice(0, count) })
  }

  /** When `clockMoved` is wanted. */
  get dueAt(): number {
    return this.#isDue ? Number.POSITIVE_INFINITY : (this.#writer?.dueAt ?? Number.POSITIVE_INFINITY)
  }

  /** The clock shows another time: tells the writer where that is what it waits for. */
  clockMoved(): void {
    if (this.dueAt > this.#environment.clock.now()) return
    this.#isDue = true
    this.flush()
    this.#enqueue({ type: 'due' })
  }

  /** Everything so far belongs to this checkpoint. Answered by `acknowledged`; a failure fails the job. */
  prepare(checkpointId: number): void {
    this.flush()
    this.#enqueue({ type: 'prepare', checkpointId })
  }

  /** What the last `prepare` that was acknowledged gave. */
  snapshot(): SinkSnapshot {
    return this.#snapshot as SinkSnapshot
  }

  /**
   * The checkpoint is durable: makes its output visible, before what waits to be written since. Answered by `committed`; the next
   * `prepare` comes after that.
   */
  commit(checkpointId: number): void {
    this.#queue.unshift({ type: 'commit', checkpointId })
    this.#startPump()
  }

  *closing(): Waiting<void> {
    this.#isClosed = true
    // One call at a time, also now: a writer that is torn down in the middle of one may take the process with it.
    const hasEnded = this.#inFlight === undefined || (yield* until(endsWithin(this.#inFlight, PATIENCE_MS)))
    if (hasEnded) yield* until(this.#writer?.close?.())
  }

  #enqueue(item: Item): void {
    this.#queue.push(item)
    this.#startPump()
  }

  #startPump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    void this.#pump()
  }

  async #pump(): Promise<void> {
    try {
      for (let item = this.#queue.shift(); item !== undefined && !this.#isClosed; item = this.#queue.shift()) {
        const done = this.#carryOut(item)
        if (done !== undefined) {
          this.#inFlight = done
          await done
          this.#inFlight = undefined
        }
        this.#lookWhenDue()
      }
    } catch (error) {
      this.#isClosed = true
      this.#events.failed(this.#failure(error, 'failed'))
    }
    this.#isPumping = false
  }

  #carryOut(item: Item): void | Promise<void> {
    switch (item.type) {
      case 'batch':
        return this.#write(item.values, item.timestamps)
      case 'prepare':
        return this.#prepare(item.checkpointId)
      case 'commit':
        return this.#commit(item.checkpointId)
      case 'due':
        return this.#tellDue()
    }
  }

  #tellDue(): void | Promise<void> {
    this.#isDue = false
    // It may have been there meanwhile, at a barrier say.
    const now = this.#environment.clock.now()
    return this.dueAt <= now ? this.#open().onDue?.(now) : undefined
  }

  /** The task may be asleep until some later time. */
  #lookWhenDue(): void {
    const { dueAt } = this
    if (dueAt < this.#knownDueAt) this.#events.wake()
    this.#knownDueAt = dueAt
  }

  #write(values: unknown[], timestamps: number[]): void | Promise<void> {
    const written = this.#open().write(values, timestamps)
    if (written instanceof Promise) return written.then(() => this.#written(values.length))
    this.#written(values.length)
  }

  #written(count: number): void {
    const wasFull = this.isFull
    this.#waiting -= count
    if (wasFull && !this.isFull) this.#events.wake()
  }

  async #prepare(checkpointId: number): Promise<void> {
    const writer = this.#open()
    const recordsIn = this.recordsIn - this.#waiting
    const committable = await writer.prepareCommit?.(checkpointId)
    if (committable !== undefined) this.#pending.push({ checkpointId, committable })
    this.#snapshot = {
      committables: this.#pending.map((entry) => entry.committable),
      state: writer.snapshotState?.(),
      recordsIn,
      counters: this.counters.values(),
    }
    this.#events.acknowledged(this.operatorId, checkpointId)
  }

  async #commit(checkpointId: number): Promise<void> {
    const writer = this.#open()
    while (this.#pending[0] !== undefined && this.#pending[0].checkpointId <= checkpointId) {
      await writer.commit?.(this.#pending[0].committable)
      this.#pending.shift()
    }
    this.#events.committed(this.operatorId, checkpointId)
  }

  #context(restored: boolean): SinkContext {
    const { signal, checkpointEveryMs, isBounded, isTaken, clock } = this.#environment
    return {
      operatorId: this.operatorId,
      signal,
      restored,
      metrics: this.counters,
      bounded: isBounded,
      clock,
      ...(checkpointEveryMs === undefined ? {} : { checkpointEveryMs }),
      ...(isTaken === undefined ? {} : { isTaken }),
    }
  }

  #open(): SinkWriter<unknown> {
    return this.#writer as SinkWriter<unknown>
  }

  #failure(cause: unknown, what: string): MillraceError {
    return outsideFailure('CORE_SINK_FAILED', `sink '${this.operatorId}' (${this.kind}) ${what}`, cause)
  }
}

/** Whether the promise is settled, either way, within the time. */
function endsWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    const end = (): void => {
      clearTimeout(timer)
      resolve(true)
    }
    promise.then(end, end)
  })
}
