import { MillraceError } from '../../errors.ts'
import { type Duration, parsePositiveDuration } from '../../time/duration.ts'
import type { FiredTimer } from '../../time/timer-service.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { HeldRecords } from './held-records.ts'

/** Which records of a key pass. One of the two has to be true. */
export interface ThrottleOptions {
  /** The one that opens a pause goes out at once. Default true. */
  readonly leading?: boolean
  /** The newest one of a pause goes out at its end, and opens the next. Default false. */
  readonly trailing?: boolean
}

/**
 * Emits at most one record of a key in `pause` of the job's clock; the others are counted as `suppressed`. A record that comes
 * just at a pause's end is after it.
 *
 * A record that waited for the end of its pause goes out with its own timestamp, which the watermark may have passed by then: a
 * window further down counts it as late, unless it allows for that. What waits at the end of the input goes out then. Keeps, for
 * each key that is in a pause, its end and the record that waits for it, and nothing of the others.
 *
 * @throws CORE_DURATION_INVALID for anything but a positive whole number of ms, CORE_OPTION_INVALID where nothing would pass
 */
export function throttleOperator<T>(pause: Duration, options: ThrottleOptions = {}): OperatorFactory<T, T> {
  const pauseMs = parsePositiveDuration(pause, 'the pause of throttle')
  const { leading = true, trailing = false } = options
  if (!leading && !trailing) {
    throw new MillraceError('CORE_OPTION_INVALID', 'leading and trailing of throttle were false: nothing would pass')
  }
  return {
    kind: 'throttle',
    keyed: true,
    usesTime: true,
    detail: `${pauseMs} ms${leading ? ', leading' : ''}${trailing ? ', trailing' : ''}`,
    create: () => new Throttle(pauseMs, leading, trailing),
  }
}

class Throttle<T> implements Operator<T, T> {
  readonly #pauseMs: number
  readonly #leading: boolean
  readonly #trailing: boolean
  #context!: OperatorContext<T>
  #held!: HeldRecords<T>

  constructor(pauseMs: number, leading: boolean, trailing: boolean) {
    this.#pauseMs = pauseMs
    this.#leading = leading
    this.#trailing = trailing
  }

  open(context: OperatorContext<T>): void {
    this.#context = context
    this.#held = new HeldRecords(context)
  }

  processRecord(value: T, timestamp: number): void {
    const held = this.#held
    if (held.isWaiting) {
      if (this.#trailing) held.replace(value, timestamp)
      else held.suppress()
      return
    }
    const due = this.#context.now() + this.#pauseMs
    if (this.#leading) held.wait(due)
    else held.hold(value, timestamp, due)
    this.#context.timers.processingTime.register(due)
    if (this.#leading) this.#context.output.emit(value, timestamp)
  }

  onTimer({ time }: FiredTimer): void {
    if (!this.#held.release()) return
    this.#held.wait(time + this.#pauseMs)
    this.#context.timers.processingTime.register(time + this.#pauseMs)
  }

  advanceWatermark(watermark: number): number {
    return this.#held.advanceWatermark(watermark)
  }
}
