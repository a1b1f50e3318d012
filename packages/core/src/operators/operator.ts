import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import type { OperatorMetrics } from '../metrics/operator-metrics.ts'
import type { KeyedStateBackend } from '../state/keyed-state-backend.ts'
import type { OperatorStateStore } from '../state/operator-state.ts'
import type { KeyClockSettings } from '../time/per-key-watermarks.ts'
import type { FiredTimer, TimerService } from '../time/timer-service.ts'

/**
 * The contract that everything leans on: what one step of a job does, and when it is asked to.
 *
 * ```
 *   open ──► ┌ processRecord            one record; emits any number of records
 *            │ advanceWatermark         event time has moved; may stop early, see below
 *            │ onTimer                  a timer that the operator registered is due
 *            │ setIdle / setActive      the input has nothing for now / again
 *            │ prepareSnapshot ──► (the host writes all declared state) ──► checkpointComplete | checkpointAborted
 *            └ … in any order, never two at once, never while another call of the same operator is under way
 *        ──► endInput ──► (watermark MAX_WATERMARK comes before it) ──► finish ──► close
 *        ──► close        alone, after a failure or a cancel: finish is not called
 * ```
 *
 * What the host guarantees:
 * - One call at a time, on one thread. An operator never learns which thread, nor whether its neighbour is chained.
 * - For a keyed operator the current key of `context.state` is set before each `processRecord` and `onTimer`, and before
 *   `processSecondRecord` where the second input is keyed too.
 * - Watermarks never go back. No record enters while `advanceWatermark` is unfinished; a snapshot may.
 * - What was emitted before a snapshot belongs to it; what is emitted after it does not.
 *
 * What the operator guarantees:
 * - It never awaits, reads no clock but `context.now()`, draws no random number.
 * - Everything that changes from record to record is declared state: it must be possible to throw the operator away
 *   between any two calls and go on with another one opened on its snapshot.
 * - A result is emitted before the watermark that released it. An emitted value is never changed again.
 *
 * Not re-checked on the way: the type of values. Records with `NO_TIMESTAMP` do reach operators.
 */
export interface Operator<In, Out, Second = never> {
  /**
   * Called once, before anything else. State that the operator declares here already holds what a snapshot restored.
   */
  open?(context: OperatorContext<Out>): void

  /** Takes one record. Hot: allocates nothing but its results, makes no closure, has no `try`. */
  processRecord(value: In, timestamp: number): void

  /**
   * Takes one record of the second input, where the factory says that there is one; as hot as `processRecord`. Records of
   * the two come in the order in which the task has them; the watermark is the least of both. A keyed operator with an unkeyed
   * second input has no current key during this call.
   */
  processSecondRecord?(value: Second, timestamp: number): void

  /**
   * Event time has reached `watermark`: does what is due, earliest first. Timers in `context.timers` are the host's to
   * fire (before this call); this is for operators with an order of their own, such as slices.
   *
   * May stop between two results where `context.shouldPause()` says so. Returns the time that it has reached:
   * `watermark` when all is done, else the earliest time still due minus one; the host then forwards that much, and
   * calls again with the same or a later watermark before any record enters.
   */
  advanceWatermark?(watermark: number): number

  /** A timer of the current key is due; it is already gone from the service, so that it may be registered again. */
  onTimer?(timer: FiredTimer): void

  /** The input fell idle: it no longer holds the watermark back. The host forwards this. */
  setIdle?(): void
  setActive?(): void

  /** A snapshot follows at once: the last chance to move what is cached into declared state. May emit. */
  prepareSnapshot?(checkpointId: number): void
  /** The checkpoint is durable: what waited for that may happen. Called at most once an id, possibly never. */
  checkpointComplete?(checkpointId: number): void
  checkpointAborted?(checkpointId: number): void

  /** No record will come any more; the watermark MAX_WATERMARK has been taken already. May emit. */
  endInput?(): void
  /** Everything is done and committed. Not called after a failure or a cancel. */
  finish?(): void
  /** Frees what `open` took. Always called, once, also when `open` threw. */
  close?(): void
}

/** Where an operator's results go. Never refuses; the host stops the operator between two calls instead. */
export interface Output<Out> {
  emit(value: Out, timestamp: number): void
  /** To a side output. A tag that nobody reads is counted and dropped (metric `unreadSideOutputs`). */
  emitTo<T>(tag: OutputTag<T>, value: T, timestamp: number): void
}

/** What the host gives an operator in `open`. */
export interface OperatorContext<Out> {
  /** Stable across restarts: ties the operator to its state. */
  readonly operatorId: string
  readonly output: Output<Out>
  /** State by key. @throws CORE_NOT_KEYED on use, where the operator is not behind a `keyBy`. */
  readonly state: KeyedStateBackend
  /** Declared state that belongs to the operator itself, not to a key. */
  readonly operatorState: OperatorStateStore
  /** Timers by key. @throws CORE_NOT_KEYED on use, where the operator is not behind a `keyBy`. */
  readonly timers: TimerService
  readonly metrics: OperatorMetrics
  /**
   * The watermark that the operator has been told of; `MIN_WATERMARK` at first. With `perKeyWatermarks` that of the current key:
   * for a record the one just before it.
   */
  currentWatermark(): number
  /** The job's clock: the wall's when live, driven by the data in a replay. */
  now(): number
  /** True where the job's clock is driven by the data. */
  readonly isReplay: boolean
  /** True when the task should get its turn: output full, a barrier waits, or time is up. Asked between two results. */
  shouldPause(): boolean
  /** Where user code is running, for the error that it may throw. */
  readonly place: Place
}

/**
 * Says where user code runs at this moment. An operator sets `step` to its own id before it calls a user's function, and
 * again after an emit that user code goes on from. One store, so that no record needs a `try`.
 */
export interface Place {
  step: string
}

/**
 * How the engine makes an operator, and what it may know of it beforehand. `create` is called once a subtask, and again
 * after each restart.
 */
export interface OperatorFactory<In, Out, Second = never> {
  /** What kind of step this is: `map`, `tumbling-window`. Shown by `explain()`. */
  readonly kind: string
  /** Needs a key, keyed state or timers. */
  readonly keyed: boolean
  /**
   * Set where the operator has `processSecondRecord`. `'keyed'`: records of both inputs are handled by their keys, and share
   * state. `'unkeyed'`: those of the second belong to no key; in a keyed operator every subtask gets all of them.
   */
  readonly secondInput?: 'keyed' | 'unkeyed'
  /** False where the operator has neither timers nor use for time: watermarks are then routed past it. */
  readonly usesTime: boolean
  /** True where records must have event times: checked when the job is built. */
  readonly needsTimestamps?: boolean
  /**
   * Each key goes by a watermark of its own, which the host keeps: event-time timers and `context.currentWatermark()` then go by
   * that. For keyed operators whose order is that of their timers, not for those with an `advanceWatermark`. See
   * `PerKeyWatermarks` for what it means and `withPerKeyWatermarks` for how to set it.
   */
  readonly perKeyWatermarks?: KeyClockSettings
  /** Half a line for `explain()`: sizes, names of aggregates. */
  readonly detail?: string
  /** Side outputs that it may emit to; asking the stream for another is refused when the job is built. */
  readonly sideOutputs?: readonly string[]
  /**
   * Says that the step is this function and nothing else, so that neighbours of the kind can run as one. The same as what
   * `create` gives, record by record.
   */
  readonly fusable?: Fusable<In, Out>
  create(): Operator<In, Out, Second>
}

/** A stateless step as a function. */
export type Fusable<In, Out> =
  | { readonly kind: 'map'; readonly fn: (value: In) => Out }
  | { readonly kind: 'filter'; readonly fn: (value: In) => boolean }

/** Reads a record's key. Must depend on the record alone. */
export type KeySelector<T, K extends Key = Key> = (value: T) => K
