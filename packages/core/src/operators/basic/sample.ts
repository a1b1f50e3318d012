import { type Duration, parsePositiveDuration } from '../../time/duration.ts'
import type { FiredTimer } from '../../time/timer-service.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { HeldRecords } from './held-records.ts'

/**
 * Emits each key's newest record every `period` of the job's clock, if there was one since; the records before it are counted as
 * `suppressed`. Periods align to the Unix epoch in UTC, so that all keys come at one moment, in the order of their keys. A
 * record that comes just at that moment belongs to the next period.
 *
 * ```
 *   a:  1--2-----3----------4|        sample('5ms')
 *       |    |    |    |    |
 *       -----2----3---------4|
 * ```
 *
 * A record goes out with its own timestamp, which the watermark may have passed by then: a window further down counts it as
 * late, unless it allows for that. What waits at the end of the input goes out then. Keeps one record for each key that gave
 * one in this period, and nothing of the others.
 *
 * @throws CORE_DURATION_INVALID for anything but a positive whole number of ms
 */
export function sampleOperator<T>(period: Duration): OperatorFactory<T, T> {
  const periodMs = parsePositiveDuration(period, 'the period of sample')
  return { kind: 'sample', keyed: true, usesTime: true, detail: `${periodMs} ms`, create: () => new Sample(periodMs) }
}

class Sample<T> implements Operator<T, T> {
  readonly #periodMs: number
  #context!: OperatorContext<T>
  #held!: HeldRecords<T>

  constructor(periodMs: number) {
    this.#periodMs = periodMs
  }

  open(context: OperatorContext<T>): void {
    this.#context = context
    this.#held = new HeldRecords(context)
  }

  processRecord(value: T, timestamp: number): void {
    if (this.#held.isWaiting) {
      this.#held.replace(value, timestamp)
      return
    }
    const context = this.#context
    const due = (Math.floor(context.now() / this.#periodMs) + 1) * this.#periodMs
    this.#held.hold(value, timestamp, due)
    // One timer for all: a timer a key and period costs half as much again (`npm run bench -- rxjs`, last-value).
    if (this.#held.size === 1) context.timers.processingTime.register(due)
  }

  onTimer({ time }: FiredTimer): void {
    const due = this.#held.releaseDue(time)
    if (due !== undefined) this.#context.timers.processingTime.register(due)
  }

  advanceWatermark(watermark: number): number {
    return this.#held.advanceWatermark(watermark)
  }
}
