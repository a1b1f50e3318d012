import type { OperatorSnapshot } from '../checkpoint/checkpoint.ts'
import { keyGroupOf } from '../elements/key-group.ts'
import { MIN_WATERMARK } from '../elements/timestamp.ts'
import { MillraceError } from '../errors.ts'
import { CounterGroup } from '../metrics/counter-group.ts'
import type { KeySelector, Operator, OperatorContext, OperatorFactory, Place } from '../operators/operator.ts'
import { HeapBackend } from '../state/backends/heap/heap-backend.ts'
import type { KeyedStateBackend } from '../state/keyed-state-backend.ts'
import type { OperatorListState, OperatorStateStore } from '../state/operator-state.ts'
import type { JobClock } from '../time/clock.ts'
import type { TimerService } from '../time/timer-service.ts'
import { WatermarkCombiner } from '../time/watermark-combiner.ts'
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

/**
 * Runs one operator: keeps its state, timers and watermark, and keeps the promises of the contract to it. The engine, the test
 * kit and the RxJS bridge all run operators through here.
 */
export class OperatorHost {
  readonly operatorId: string
  readonly kind: string
  readonly output: StepOutput
  readonly counters: CounterGroup = new CounterGroup()
  readonly #operator: Operator<unknown, unknown, unknown>
  readonly #secondInput: 'keyed' | 'unkeyed' | undefined
  readonly #environment: HostEnvironment
  readonly #backend: HeapBackend | undefined
  readonly #lists = new Map<string, ListEntries>()
  readonly #combiner: WatermarkCombiner
  #targets: readonly WatermarkTarget[] = []
  /** The watermark to reach, the one that the operator has been told of, and the one that was forwarded. */
  #target = MIN_WATERMARK
  #told = MIN_WATERMARK
  #forwarded = MIN_WATERMARK
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
    if (factory.keyed) this.#backend = new HeapBackend(operatorId, environment.maxParallelism, restored?.keyed)
    if (restored !== undefined) {
      this.counters.restore(restored.counters)
      this.output.recordsOut = restored.recordsOut
      this.#target = restored.watermark
      this.#told = restored.watermark
      this.#forwarded = restored.watermark
      for (const [name, values] of Object.entries(restored.lists)) this.#lists.set(name, new ListEntries(values))
    }
  }

  forwardTo(targets: readonly WatermarkTarget[]): void {
    this.#targets = targets
  }

  open(): void {
    this.#environment.place.step = this.operatorId
    this.#operator.open?.(this.#context())
    this.#backend?.checkAllClaimed()
  }

  /** How records of an input enter: straight to the operator, or by way of their key. */
  receiver(keyBy: KeySelector<unknown> | undefined, input: 0 | 1 = 0): Receiver {
    const backend = this.#backend
    const operator = input === 0 ? this.#operator : this.#secondOf(this.#operator)
    if (backend === undefined) return operator
    if (input === 1 && this.#secondInput === 'unkeyed') {
      return {
        processRecord(value, timestamp) {
          backend.leaveKey()
          operator.processRecord(value, timestamp)
        },
      }
    }
    if (keyBy === undefined) throw new MillraceError('CORE_NOT_KEYED', `step '${this.operatorId}' needs a key`)
    return new KeyedReceiver(this.operatorId, operator, backend, keyBy, this.#environment.place)
  }

  #secondOf(operator: Operator<unknown, unknown, unknown>): Receiver {
    const { processSecondRecord } = operator
    if (processSecondRecord === undefined) {
      throw new MillraceError('CORE_JOB_INVALID', `step '${this.operatorId}' has no processSecondRecord`)
    }
    return { processRecord: (value, timestamp) => operator.processSecondRecord?.(value, timestamp) }
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
    const { pause } = this.#environment
    const target = this.#target
    this.#told = target
    let reached = pause.shouldPause() ? this.#firstDue(target) : this.#fireEventTimers(target)
    if (reached === target && this.#operator.advanceWatermark !== undefined) {
      this.#environment.place.step = this.operatorId
      reached = this.#operator.advanceWatermark(target)
    }
    if (reached > this.#forwarded) {
      this.#forwarded = reached
      for (const { host, input } of this.#targets) host.advanceWatermark(input, reached)
    }
    if (reached < target) this.#environment.unfinished(this)
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
    const timer = backend.processingTimers.popDue(now)
    if (timer === undefined) return
    backend.setCurrentSlot(timer.slot)
    this.#operator.onTimer?.({ time: timer.time, name: timer.name, domain: 'processing-time' })
  }

  prepareSnapshot(checkpointId: number): void {
    this.#environment.place.step = this.operatorId
    this.#operator.prepareSnapshot?.(checkpointId)
  }

  snapshot(): OperatorSnapshot {
    return {
      ...(this.#backend === undefined ? {} : { keyed: this.#backend.snapshot() }),
      lists: Object.fromEntries([...this.#lists].map(([name, list]) => [name, list.get()])),
      counters: this.counters.values(),
      recordsOut: this.output.recordsOut,
      watermark: this.#forwarded,
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
    this.#operator.endInput?.()
  }

  finish(): void {
    this.#operator.finish?.()
  }

  close(): void {
    this.#operator.close?.()
  }

  #fireEventTimers(target: number): number {
    const backend = this.#backend
    if (backend === undefined || backend.eventTimers.dueNotBefore > target) return target
    const { pause } = this.#environment
    for (;;) {
      const timer = backend.eventTimers.popDue(target)
      if (timer === undefined) return target
      backend.setCurrentSlot(timer.slot)
      this.#operator.onTimer?.({ time: timer.time, name: timer.name, domain: 'event-time' })
      if (pause.shouldPause()) return this.#firstDue(target)
    }
  }

  /** How far the watermark has come for those downstream while something may be due: just before the first timer. */
  #firstDue(target: number): number {
    if (this.#backend !== undefined) {
      const due = this.#backend.eventTimers.nextDue()
      if (due <= target) return Math.max(this.#forwarded, due - 1)
    }
    // What the operator itself holds due is not known here: as far as it said last.
    return this.#operator.advanceWatermark === undefined ? target : this.#forwarded
  }

  #context(): OperatorContext<unknown> {
    const { place, pause, clock } = this.#environment
    const host = this
    return {
      operatorId: this.operatorId,
      output: this.output,
      place,
      metrics: this.counters,
      isReplay: clock.isReplay,
      operatorState: this.#operatorState(),
      get state(): KeyedStateBackend {
        return host.#keyed()
      },
      get timers(): TimerService {
        return host.#keyed().timers
      },
      currentWatermark: () => host.#told,
      now: () => clock.now(),
      shouldPause: () => pause.shouldPause(),
    }
  }

  #keyed(): HeapBackend {
    if (this.#backend !== undefined) return this.#backend
    throw new MillraceError('CORE_NOT_KEYED', `step '${this.operatorId}' asked for keyed state or timers`)
  }

  #operatorState(): OperatorStateStore {
    return {
      list: <T>(name: string): OperatorListState<T> => {
        let list = this.#lists.get(name)
        if (list === undefined) {
          list = new ListEntries([])
          this.#lists.set(name, list)
        }
        return list as OperatorListState<unknown> as OperatorListState<T>
      },
    }
  }
}

class ListEntries implements OperatorListState<unknown> {
  #values: readonly unknown[]

  constructor(values: readonly unknown[]) {
    this.#values = values
  }

  get(): readonly unknown[] {
    return this.#values
  }

  update(values: readonly unknown[]): void {
    this.#values = [...values]
  }
}

/** Sets the current key, then hands the record on. */
class KeyedReceiver implements Receiver {
  readonly #operatorId: string
  readonly #operator: Receiver
  readonly #backend: HeapBackend
  readonly #keyBy: KeySelector<unknown>
  readonly #place: Place

  constructor(operatorId: string, operator: Receiver, backend: HeapBackend, keyBy: KeySelector<unknown>, place: Place) {
    this.#operatorId = operatorId
    this.#operator = operator
    this.#backend = backend
    this.#keyBy = keyBy
    this.#place = place
  }

  processRecord(value: unknown, timestamp: number): void {
    this.#place.step = this.#operatorId
    this.#backend.setCurrentKey(this.#keyBy(value))
    this.#operator.processRecord(value, timestamp)
  }
}
