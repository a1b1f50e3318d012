import type { OperatorSnapshot } from '../checkpoint/checkpoint.ts'
import type { Key } from '../elements/key.ts'
import { keyGroupOf } from '../elements/key-group.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../elements/timestamp.ts'
import { MillraceError } from '../errors.ts'
import { MetricGroup } from '../metrics/metric-group.ts'
import type { KeySelector, Operator, OperatorContext, OperatorFactory, Place } from '../operators/operator.ts'
import { HeapBackend } from '../state/backends/heap/heap-backend.ts'
import type { KeyedStateBackend } from '../state/keyed-state-backend.ts'
import { OperatorStates } from '../state/operator-states.ts'
import { StateClock } from '../state/state-clock.ts'
import type { JobClock } from '../time/clock.ts'
import type { KeyClockSettings } from '../time/per-key-watermarks.ts'
import type { TimerService } from '../time/timer-service.ts'
import { WatermarkCombiner } from '../time/watermark-combiner.ts'
import { FinishingReceiver, KeyedReceiver } from './host-receivers.ts'
import { AHEAD_TIMER, IDLE_TIMER, KeyClocks } from './key-clocks.ts'
import type { PauseControl } from './pause-control.ts'
import { type Receiver, StepOutput } from './receiver.ts'

/** What a step shares with the others of its task. */
export interface HostEnvironment {
  readonly place: Place
  readonly pause: Pick<PauseControl, 'shouldPause'>
  readonly clock: JobClock
  readonly maxParallelism: number
  /** This step has stopped before it was done with its watermark. */
  unfinished(host: OperatorHost): void
}

/** Where a step's watermarks go: the next step that uses time, and as which of its inputs. */
export interface WatermarkTarget {
  readonly host: {
    advanceWatermark(input: number, watermark: number): void
    setIdle(input: number): void
    setActive(input: number): void
  }
  readonly input: number
}

/** The list in a snapshot that says where the keys' clocks stood, as the host knows it. */
const KEY_CLOCKS = 'millrace.keyClocks'

/**
 * Runs one operator: keeps its state, timers and watermark, and keeps the promises of the contract to it. The engine, the test
 * kit and the RxJS bridge all run operators through here.
 */
export class OperatorHost {
  readonly operatorId: string
  readonly kind: string
  readonly output: StepOutput
  readonly counters: MetricGroup = new MetricGroup()
  readonly #operator: Operator<unknown, unknown, unknown>
  readonly #secondInput: 'keyed' | 'unkeyed' | undefined
  readonly #environment: HostEnvironment
  readonly #backend: HeapBackend | undefined
  readonly #states: OperatorStates
  readonly #stateClock: StateClock
  readonly #combiner: WatermarkCombiner
  #targets: readonly WatermarkTarget[] = []
  readonly #clockSettings: KeyClockSettings | undefined
  #clocks: KeyClocks | undefined
  #restoredClocks: readonly unknown[] | undefined
  /**
   * The watermark to reach, the one that the operator has been told of, the one up to which it is done, and the one that was
   * forwarded: the same as that, unless keys with clocks of their own hold it back.
   */
  #target = MIN_WATERMARK
  #told = MIN_WATERMARK
  #reached = MIN_WATERMARK
  #forwarded = MIN_WATERMARK
  /** Timers that go by the input's watermark may be due. */
  #isBehind = false
  #isUnfinished = false
  /** False while it has to finish at once. */
  #mayPause = true
  #isIdle = false

  constructor(
    operatorId: string,
    factory: OperatorFactory<unknown, unknown, unknown>,
    inputs: number,
    environment: HostEnvironment,
    restored: OperatorSnapshot | undefined,
  ) {
    this.operatorId = operatorId
    this.kind = factory.kind
    this.#environment = environment
    this.#operator = factory.create()
    this.#secondInput = factory.secondInput
    this.#combiner = new WatermarkCombiner(inputs)
    this.output = new StepOutput(this.counters.counter('unreadSideOutputs'))
    const { [KEY_CLOCKS]: clocks, ...lists } = restored?.lists ?? {}
    this.#restoredClocks = clocks
    this.#states = new OperatorStates(operatorId, restored === undefined ? undefined : { ...restored, lists })
    this.#stateClock = new StateClock(() => environment.clock.now())
    if (factory.keyed) {
      this.#backend = new HeapBackend(operatorId, environment.maxParallelism, restored?.keyed, this.#stateClock)
    }
    this.#clockSettings = factory.perKeyWatermarks
    if (this.#clockSettings !== undefined && (!factory.keyed || this.#operator.advanceWatermark !== undefined)) {
      throw new MillraceError(
        'CORE_OPTION_INVALID',
        `perKeyWatermarks was set for step '${operatorId}' (${factory.kind}), which has no timers by key to go by them`,
      )
    }
    if (restored !== undefined) {
      this.counters.restore(restored.counters)
      this.output.recordsOut = restored.recordsOut
      this.#forwarded = restored.watermark
      if (restored.inputs !== undefined) this.#combiner.restoreAll(restored.inputs)
      const [reached = restored.watermark] = (clocks ?? []) as readonly number[]
      this.#target = reached
      this.#told = reached
      this.#reached = reached
      this.#stateClock.eventTime = reached
      this.#stateClock.leastEventTime = this.#forwarded
    }
  }

  forwardTo(targets: readonly WatermarkTarget[]): void {
    this.#targets = targets
  }

  open(): void {
    this.#environment.place.step = this.operatorId
    if (this.#clockSettings !== undefined) this.#openClocks(this.#clockSettings)
    this.#operator.open?.(this.#context())
    this.#backend?.checkAllClaimed()
    this.#states.checkAllClaimed()
  }

  /** How records of an input enter: straight to the operator, or by way of their key. */
  receiver(keyBy: KeySelector<unknown> | undefined, input: 0 | 1 = 0): Receiver {
    const backend = this.#backend
    const operator = input === 0 ? this.#operator : this.#secondOf(this.#operator)
    if (backend === undefined) {
      return this.#operator.advanceWatermark === undefined ? operator : new FinishingReceiver(this, operator)
    }
    if (input === 1 && this.#secondInput === 'unkeyed') {
      return {
        processRecord: (value, timestamp) => {
          if (this.#isUnfinished) this.finishNow()
          backend.leaveKey()
          if (this.#clocks !== undefined) {
            this.#clocks.current = this.#told
            backend.clock.eventTime = this.#told
          }
          backend.clock.timestamp = timestamp
          operator.processRecord(value, timestamp)
        },
      }
    }
    if (keyBy === undefined) throw new MillraceError('CORE_NOT_KEYED', `step '${this.operatorId}' needs a key`)
    return this.#clockSettings === undefined
      ? new KeyedReceiver(this, operator, backend, keyBy, this.#environment.place)
      : { processRecord: this.#processByKeyClock(operator, keyBy, backend) }
  }

  #secondOf(operator: Operator<unknown, unknown, unknown>): Receiver {
    const { processSecondRecord } = operator
    if (processSecondRecord === undefined) {
      throw new MillraceError('CORE_JOB_INVALID', `step '${this.operatorId}' has no processSecondRecord`)
    }
    return { processRecord: (value, timestamp) => operator.processSecondRecord?.(value, timestamp) }
  }

  /** It has stopped before it was done with its watermark. */
  get isUnfinished(): boolean {
    return this.#isUnfinished
  }

  /**
   * Does the rest without a pause: a record is about to enter. A step upstream may give several for one of its own, and event
   * time may move between two of them.
   */
  finishNow(): void {
    this.#mayPause = false
    try {
      this.run()
    } finally {
      this.#mayPause = true
    }
  }

  get watermark(): number {
    return this.#told
  }

  /** After a restore: says again how far it had come, to those that have to combine it with others. */
  resumeWatermark(): void {
    if (this.#forwarded === MIN_WATERMARK) return
    for (const { host, input } of this.#targets) host.advanceWatermark(input, this.#forwarded)
  }

  /** The key group of the current key, for errors. */
  currentKeyGroup(): number | undefined {
    return this.#backend === undefined || !this.#backend.hasCurrentKey
      ? undefined
      : keyGroupOf(this.#backend.currentKey, this.#environment.maxParallelism)
  }

  keyCount(): number | undefined {
    return this.#backend?.keyCount
  }

  advanceWatermark(input: number, watermark: number): void {
    this.#reach(this.#combiner.advance(input, watermark))
    this.#checkIdle()
  }

  setIdle(input: number): void {
    this.#reach(this.#combiner.setIdle(input))
    this.#checkIdle()
  }

  #reach(combined: number): void {
    if (combined <= this.#target) return
    this.#target = combined
    this.run()
  }

  #checkIdle(): void {
    if (!this.#combiner.isIdle || this.#isIdle) return
    this.#isIdle = true
    this.#operator.setIdle?.()
    for (const { host, input: at } of this.#targets) host.setIdle(at)
  }

  setActive(input: number): void {
    this.#combiner.setActive(input)
    if (!this.#isIdle) return
    this.#isIdle = false
    this.#operator.setActive?.()
    for (const { host, input: at } of this.#targets) host.setActive(at)
  }

  /** Does what is due up to the watermark to reach; stops early where the task should get its turn, and says so. */
  run(): void {
    const target = this.#target
    this.#isUnfinished = false
    if (this.#firePending() && this.#endKeyClocks(target) && (this.#reached < target || this.#isBehind)) {
      this.#told = target
      this.#isBehind = true
      let reached = this.#shouldPause() ? this.#firstDue(target) : this.#fireEventTimers(target)
      if (reached === target && this.#operator.advanceWatermark !== undefined) {
        this.#environment.place.step = this.operatorId
        reached = this.#operator.advanceWatermark(target)
      }
      this.#reached = Math.max(this.#reached, reached)
      // A key that has come to follow the input brings timers from before what was reached.
      this.#isBehind = reached < target || (this.#clocks !== undefined && this.#hasDue(target))
    }
    this.#stateClock.eventTime = this.#reached
    this.#forward()
    if (this.#isBehind || this.#reached < target || (this.#clocks !== undefined && this.#clocks.pendingSlot >= 0)) {
      this.#isUnfinished = true
      this.#environment.unfinished(this)
    }
  }

  #forward(): void {
    let reached = this.#reached
    const clocks = this.#clocks
    if (clocks !== undefined) {
      reached = Math.min(reached, clocks.least())
      if (clocks.pendingSlot >= 0) {
        reached = Math.min(reached, (this.#backend as HeapBackend).eventTimers.nextDueOf(clocks.pendingSlot) - 1)
      }
    }
    if (reached <= this.#forwarded) return
    this.#forwarded = reached
    this.#stateClock.leastEventTime = reached
    for (const { host, input } of this.#targets) host.advanceWatermark(input, reached)
  }

  #shouldPause(): boolean {
    return this.#mayPause && this.#environment.pause.shouldPause()
  }

  /** No processing-time timer is due before this. */
  get processingDueNotBefore(): number {
    return this.#backend === undefined ? Number.POSITIVE_INFINITY : this.#backend.processingTimers.dueNotBefore
  }

  nextProcessingDue(): number {
    return this.#backend === undefined ? Number.POSITIVE_INFINITY : this.#backend.processingTimers.nextDue()
  }

  /** Fires the first processing-time timer if it is due. */
  fireProcessingTimer(now: number): void {
    const backend = this.#backend as HeapBackend
    if (this.#isUnfinished) this.finishNow()
    const timer = backend.processingTimers.popDue(now)
    if (timer === undefined) return
    backend.setCurrentSlot(timer.slot)
    const clocks = this.#clocks
    if (clocks !== undefined && timer.name === IDLE_TIMER) {
      clocks.fallIdle(this.#told)
      this.#isBehind = true
      this.run()
      return
    }
    if (clocks !== undefined) {
      clocks.enter(this.#told)
      this.#stateClock.eventTime = clocks.current
    }
    this.#stateClock.timestamp = timer.time
    this.#operator.onTimer?.({ time: timer.time, name: timer.name, domain: 'processing-time' })
  }

  prepareSnapshot(checkpointId: number): void {
    this.#environment.place.step = this.operatorId
    this.#operator.prepareSnapshot?.(checkpointId)
  }

  snapshot(): OperatorSnapshot {
    return {
      ...(this.#backend === undefined ? {} : { keyed: this.#backend.snapshot() }),
      ...this.#states.snapshot(this.#clocks === undefined ? {} : { [KEY_CLOCKS]: this.#clocksSnapshot(this.#clocks) }),
      counters: this.counters.values(),
      recordsOut: this.output.recordsOut,
      watermark: this.#forwarded,
      inputs: this.#combiner.snapshot(),
    }
  }

  checkpointComplete(checkpointId: number): void {
    this.#operator.checkpointComplete?.(checkpointId)
  }

  checkpointAborted(checkpointId: number): void {
    this.#operator.checkpointAborted?.(checkpointId)
  }

  endInput(): void {
    this.#environment.place.step = this.operatorId
    if (this.#clocks !== undefined) this.#clocks.current = this.#told
    this.#operator.endInput?.()
  }

  finish(): void {
    this.#operator.finish?.()
  }

  close(): void {
    this.#environment.place.step = this.operatorId
    this.#operator.close?.()
  }

  #fireEventTimers(target: number): number {
    const backend = this.#backend
    if (backend === undefined || backend.eventTimers.dueNotBefore > target) return target
    for (;;) {
      const timer = backend.eventTimers.popDue(target)
      if (timer === undefined) return target
      backend.setCurrentSlot(timer.slot)
      let eventTime = Math.max(this.#reached, timer.time)
      const clocks = this.#clocks
      if (clocks !== undefined) {
        if (timer.name === AHEAD_TIMER) continue
        clocks.enter(target)
        // A timer that was registered late, by a key that is still ahead of the input.
        if (clocks.current > target) eventTime = clocks.current
        else clocks.current = target
      }
      this.#stateClock.timestamp = timer.time
      this.#stateClock.eventTime = eventTime
      this.#operator.onTimer?.({ time: timer.time, name: timer.name, domain: 'event-time' })
      if (this.#shouldPause()) return this.#firstDue(target)
    }
  }

  #openClocks(settings: KeyClockSettings): void {
    const backend = this.#backend as HeapBackend
    const restored = this.#restoredClocks
    // Where the state was written without clocks of its own, its keys have followed the input's watermark.
    const [, hasFollowers = this.#reached !== MIN_WATERMARK, isBehind = false, pending] = (restored ?? []) as [
      unknown,
      boolean?,
      boolean?,
      Key?,
    ]
    this.#clocks = new KeyClocks(settings, backend, this.#environment.clock, this.counters, hasFollowers)
    this.#isBehind = isBehind
    if (pending !== undefined) {
      backend.setCurrentKey(pending)
      this.#clocks.pendingSlot = backend.currentSlot
    }
    if (!isBehind && pending === undefined) return
    this.#isUnfinished = true
    this.#environment.unfinished(this)
  }

  #clocksSnapshot(clocks: KeyClocks): readonly unknown[] {
    const snapshot = [this.#reached, clocks.hasFollowers, this.#isBehind]
    const { pendingSlot } = clocks
    return pendingSlot < 0 ? snapshot : [...snapshot, (this.#backend as HeapBackend).keyOfSlot(pendingSlot)]
  }

  #processByKeyClock(operator: Receiver, keyBy: KeySelector<unknown>, backend: HeapBackend): Receiver['processRecord'] {
    return (value, timestamp) => {
      const clocks = this.#clocks as KeyClocks
      const { place } = this.#environment
      if (this.#isUnfinished) this.finishNow()
      place.step = this.operatorId
      backend.setCurrentKey(keyBy(value))
      clocks.enter(this.#told)
      this.#stateClock.timestamp = timestamp
      this.#stateClock.eventTime = clocks.current
      operator.processRecord(value, timestamp)
      if (!clocks.leave(timestamp)) return
      if (clocks.pendingSlot < 0) this.#forward()
      else this.run()
    }
  }

  /** Fires what the clock of the key at hand has made due. False where it stopped before it was done. */
  #firePending(): boolean {
    const clocks = this.#clocks
    if (clocks === undefined || clocks.pendingSlot < 0) return true
    const backend = this.#backend as HeapBackend
    const slot = clocks.pendingSlot
    backend.setCurrentSlot(slot)
    clocks.enter(this.#told)
    const watermark = clocks.current
    while (backend.eventTimers.nextDueOf(slot) <= watermark) {
      if (this.#shouldPause()) return false
      const timer = backend.eventTimers.popDueOf(slot, watermark)
      if (timer === undefined) break
      backend.setCurrentSlot(slot)
      this.#stateClock.timestamp = timer.time
      // The key's whole clock: a timer that was late to be registered must not see what has expired already.
      this.#stateClock.eventTime = watermark
      this.#operator.onTimer?.({ time: timer.time, name: timer.name, domain: 'event-time' })
    }
    clocks.pendingSlot = -1
    return true
  }

  /** At the end of the input every key follows it. False where it stopped before it was done. */
  #endKeyClocks(target: number): boolean {
    return target !== MAX_WATERMARK || this.#clocks === undefined || this.#clocks.followAll(() => this.#shouldPause())
  }

  /** How far the watermark has come for those downstream while something may be due: just before the first timer. */
  #firstDue(target: number): number {
    if (this.#backend !== undefined) {
      const due = this.#backend.eventTimers.nextDue()
      if (due <= target) return Math.max(this.#reached, due - 1)
    }
    // What the operator itself holds due is not known here: as far as it said last.
    return this.#operator.advanceWatermark === undefined ? target : this.#reached
  }

  #hasDue(target: number): boolean {
    const due = (this.#backend as HeapBackend).eventTimers.nextDue()
    return due <= target && due !== Number.POSITIVE_INFINITY
  }

  #context(): OperatorContext<unknown> {
    const { place, clock } = this.#environment
    const host = this
    return {
      operatorId: this.operatorId,
      output: this.output,
      place,
      metrics: this.counters,
      isReplay: clock.isReplay,
      operatorState: this.#states,
      get state(): KeyedStateBackend {
        return host.#keyed()
      },
      get timers(): TimerService {
        return host.#keyed().timers
      },
      currentWatermark: () => (host.#clocks === undefined ? host.#told : host.#clocks.current),
      now: () => clock.now(),
      shouldPause: () => host.#shouldPause(),
    }
  }

  #keyed(): HeapBackend {
    if (this.#backend !== undefined) return this.#backend
    throw new MillraceError('CORE_NOT_KEYED', `step '${this.operatorId}' asked for keyed state or timers`)
  }
}
