import type { Key } from '../../elements/key.ts'
import type { OutputTag } from '../../elements/output-tag.ts'
import type { TimeWindow } from '../../elements/time-window.ts'
import { MillraceError } from '../../errors.ts'
import type { WindowContext } from '../../functions/process-window-function.ts'
import type { OperatorMetrics } from '../../metrics/operator-metrics.ts'
import type { StateDescriptors } from '../../state/descriptors.ts'
import type { StateOf } from '../../state/state.ts'
import { StateClock } from '../../state/state-clock.ts'
import type { TimeDomain } from '../../time/timer-service.ts'
import { LatchedEmitter } from '../basic/latched-emitter.ts'
import type { OperatorContext } from '../operator.ts'
import { type CellScope, cellStates } from './cell-states.ts'
import type { TriggerMergeContext, WindowTimers } from './triggers/trigger.ts'
import { addTime, type CellStates, removeTime, timersOf, type WindowCell } from './window-cell.ts'

/** What a trigger sees of the window at hand. One an operator; set anew for each call. */
export class CellTriggerContext implements TriggerMergeContext {
  merged: TriggerMergeContext['merged'] = []
  /** A timer was set or deleted since this was last set to false. */
  hasMoved = false
  readonly state: StateOf<StateDescriptors>
  readonly timers: { readonly eventTime: WindowTimers; readonly processingTime: WindowTimers }
  readonly #context: OperatorContext<unknown>
  readonly #declared: StateDescriptors | undefined
  readonly #scope: CellScope = { states: undefined, clock: new StateClock() }
  #cell!: WindowCell
  #window: TimeWindow | undefined

  constructor(context: OperatorContext<unknown>, declared: StateDescriptors | undefined) {
    this.#context = context
    this.#declared = declared
    this.state = cellStates(declared, this.#scope)
    this.timers = { eventTime: this.#timers('event-time'), processingTime: this.#timers('processing-time') }
  }

  at(cell: WindowCell, timestamp: number): this {
    this.#cell = cell
    this.#scope.states = cell.triggerState
    this.#scope.clock.timestamp = timestamp
    this.#window = undefined
    return this
  }

  /** Not the cell itself: a trigger may keep or emit it. */
  get window(): TimeWindow {
    this.#window ??= { start: this.#cell.start, end: this.#cell.end }
    return this.#window
  }

  atMerged(cell: WindowCell, timestamp: number, merged: readonly WindowCell[]): this {
    this.merged = merged.map(({ start, end, triggerState }) => ({
      window: { start, end },
      state: cellStates(this.#declared, { states: triggerState, clock: this.#scope.clock }),
    }))
    return this.at(cell, timestamp)
  }

  currentWatermark(): number {
    return this.#context.currentWatermark()
  }

  now(): number {
    return this.#context.now()
  }

  #timers(domain: TimeDomain): WindowTimers {
    return {
      register: (time) => {
        if (!Number.isFinite(time)) {
          throw new MillraceError('CORE_TIMESTAMP_INVALID', 'a trigger registered a timer for what is no finite number')
        }
        if (addTime(timersOf(this.#cell, domain), time)) this.hasMoved = true
      },
      delete: (time) => {
        if (removeTime(timersOf(this.#cell, domain), time)) this.hasMoved = true
      },
    }
  }
}

/** What a window function sees of the window at hand. One an operator; set anew for each call. */
export class CellFunctionContext<Out> implements WindowContext<Key, Out> {
  key!: Key
  window!: TimeWindow
  readonly isReplay: boolean
  readonly metrics: OperatorMetrics
  readonly emitter: LatchedEmitter<Out>
  readonly windowState: StateOf<StateDescriptors>
  readonly globalState: StateOf<StateDescriptors>
  readonly #context: OperatorContext<Out>
  readonly #scope: CellScope = { states: undefined, clock: new StateClock() }
  #timestamp = 0

  constructor(
    context: OperatorContext<Out>,
    windowState: StateDescriptors | undefined,
    globalState: StateOf<StateDescriptors>,
  ) {
    this.#context = context
    this.isReplay = context.isReplay
    this.metrics = context.metrics
    this.emitter = new LatchedEmitter(context)
    this.windowState = cellStates(windowState, this.#scope)
    this.globalState = globalState
  }

  /** @param timestamp of what is emitted, where the function says none. */
  at(key: Key, start: number, end: number, timestamp: number, states?: CellStates): this {
    this.key = key
    // A fresh one: it may be emitted.
    this.window = { start, end }
    this.#timestamp = timestamp
    this.#scope.states = states
    this.#scope.clock.timestamp = timestamp
    return this
  }

  currentWatermark(): number {
    return this.#context.currentWatermark()
  }

  now(): number {
    return this.#context.now()
  }

  emit(value: Out, timestamp: number = this.#timestamp): void {
    this.emitter.emit(value, timestamp)
  }

  emitTo<T>(tag: OutputTag<T>, value: T, timestamp: number = this.#timestamp): void {
    this.emitter.emitTo(tag, value, timestamp)
  }
}
