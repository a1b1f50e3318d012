import { type Duration, parsePositiveDuration } from '../../time/duration.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { HeldRecords } from './held-records.ts'

/**
 * Emits a key's newest record once the key has given nothing for `wait` by the job's clock; the records before it are counted
 * as `suppressed`. A record that comes when the wait is just over does not take the place of the one that waited.
 *
 * A record goes out with its own timestamp, which the watermark may have passed by then: a window further down counts it as
 * late, unless it allows for that. What waits at the end of the input goes out then. Keeps one record for each key that waits,
 * and nothing of the others.
 *
 * @throws CORE_DURATION_INVALID for anything but a positive whole number of ms
 */
export function debounceOperator<T>(wait: Duration): OperatorFactory<T, T> {
  const waitMs = parsePositiveDuration(wait, 'the wait of debounce')
  return { kind: 'debounce', keyed: true, usesTime: true, detail: `${waitMs} ms`, create: () => new Debounce(waitMs) }
}

class Debounce<T> implements Operator<T, T> {
  readonly #waitMs: number
  #context!: OperatorContext<T>
  #held!: HeldRecords<T>

  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  open(context: OperatorContext<T>): void {
    this.#context = context
    this.#held = new HeldRecords(context)
  }

  processRecord(value: T, timestamp: number): void {
    const context = this.#context
    const due = context.now() + this.#waitMs
    this.#held.hold(value, timestamp, due)
    context.timers.processingTime.replace('', due)
  }

  onTimer(): void {
    this.#held.release()
  }

  advanceWatermark(watermark: number): number {
    return this.#held.advanceWatermark(watermark)
  }
}
