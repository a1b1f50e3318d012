import type { OperatorSnapshot } from '../checkpoint/checkpoint.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../elements/timestamp.ts'
import { MillraceError } from '../errors.ts'
import { CounterGroup } from '../metrics/counter-group.ts'
import type { Place } from '../operators/operator.ts'
import type { JobClock } from '../time/clock.ts'
import type { WatermarkStrategy } from '../time/watermark-strategy.ts'
import type { WatermarkTarget } from './operator-host.ts'
import { type Receiver, StepOutput } from './receiver.ts'

const MAX_TIMESTAMP = 'maxTimestamp'

export interface TimestampsEnvironment {
  readonly place: Place
  readonly clock: JobClock
  /** Moves the job's clock in a replay: fires what is due in the steps behind this one, before they get the record. */
  advanceClock(operatorId: string, time: number): void
}

/**
 * Gives records their event time in the middle of a job, and makes watermarks of it; those that come from upstream end here,
 * but for the last. In a replay it drives the job's clock, as a source with timestamps does. All that comes in counts as one split, in the order in which it comes.
 */
export class TimestampsHost implements Receiver {
  readonly operatorId: string
  readonly kind = 'timestamps'
  readonly output: StepOutput
  readonly counters: CounterGroup = new CounterGroup()
  readonly #strategy: WatermarkStrategy<unknown>
  readonly #environment: TimestampsEnvironment
  #targets: readonly WatermarkTarget[] = []
  #maxTimestamp = MIN_WATERMARK
  #watermark = MIN_WATERMARK
  #openInputs: number

  constructor(
    operatorId: string,
    strategy: WatermarkStrategy<unknown>,
    inputs: number,
    environment: TimestampsEnvironment,
    restored: OperatorSnapshot | undefined,
  ) {
    this.operatorId = operatorId
    this.#strategy = strategy
    this.#openInputs = inputs
    this.#environment = environment
    this.output = new StepOutput(this.counters.counter('unreadSideOutputs'))
    if (restored !== undefined) {
      this.counters.restore(restored.counters)
      this.output.recordsOut = restored.recordsOut
      this.#maxTimestamp = (restored.lists[MAX_TIMESTAMP]?.[0] as number | undefined) ?? MIN_WATERMARK
    }
  }

  get watermark(): number {
    return this.#watermark
  }

  forwardTo(targets: readonly WatermarkTarget[]): void {
    this.#targets = targets
  }

  processRecord(value: unknown): void {
    const { place, clock } = this.#environment
    place.step = this.operatorId
    const timestamp = this.#strategy.timestampOf?.(value)
    if (timestamp === undefined || !Number.isFinite(timestamp)) {
      throw new MillraceError(
        'CORE_TIMESTAMP_INVALID',
        `step '${this.operatorId}' found no finite timestamp in a record`,
      )
    }
    const { maxFutureMs } = this.#strategy
    const now = clock.now()
    const isFuture = maxFutureMs !== undefined && now !== MIN_WATERMARK && timestamp > now + maxFutureMs
    const clockTime = this.#strategy.receivedAtOf?.(value) ?? (isFuture ? MIN_WATERMARK : timestamp)
    if (clock.isReplay && clockTime > now) this.#environment.advanceClock(this.operatorId, clockTime)
    this.output.emit(value, timestamp)
    if (timestamp <= this.#maxTimestamp) return
    if (isFuture) {
      this.counters.counter('futureTimestamps').add(1)
      return
    }
    this.#maxTimestamp = timestamp
    this.resumeWatermark()
  }

  /** Says the watermark of the records so far, also after a restore. */
  resumeWatermark(): void {
    if (this.#maxTimestamp !== MIN_WATERMARK) this.#forward(this.#maxTimestamp - this.#strategy.outOfOrdernessMs - 1)
  }

  advanceWatermark(_input: number, watermark: number): void {
    if (watermark !== MAX_WATERMARK) return
    this.#openInputs -= 1
    if (this.#openInputs === 0) this.#forward(MAX_WATERMARK)
  }

  setIdle(): void {
    for (const { host, input } of this.#targets) host.setIdle(input)
  }

  setActive(): void {
    for (const { host, input } of this.#targets) host.setActive(input)
  }

  snapshot(): OperatorSnapshot {
    return {
      lists: { [MAX_TIMESTAMP]: [this.#maxTimestamp] },
      counters: this.counters.values(),
      recordsOut: this.output.recordsOut,
      watermark: this.#watermark,
    }
  }

  #forward(watermark: number): void {
    if (watermark <= this.#watermark) return
    this.#watermark = watermark
    for (const { host, input } of this.#targets) host.advanceWatermark(input, watermark)
  }
}
