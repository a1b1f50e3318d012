import type { OperatorSnapshot } from '../checkpoint/checkpoint.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../elements/timestamp.ts'
import { MillraceError } from '../errors.ts'
import { CounterGroup } from '../metrics/counter-group.ts'
import type { Place } from '../operators/operator.ts'
import { believedUpTo } from '../time/believed-up-to.ts'
import type { JobClock } from '../time/clock.ts'
import { GeneratedWatermark, type GeneratedWatermarkSnapshot } from '../time/watermark-generator.ts'
import type { WatermarkStrategy } from '../time/watermark-strategy.ts'
import type { WatermarkTarget } from './operator-host.ts'
import { type Receiver, StepOutput } from './receiver.ts'

const MAX_TIMESTAMP = 'maxTimestamp'
const GENERATED = 'generated'

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
  readonly #generated: GeneratedWatermark<unknown> | undefined
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
    if (strategy.generator !== undefined) {
      const generated = restored?.lists[GENERATED]?.[0] as GeneratedWatermarkSnapshot | undefined
      this.#generated = new GeneratedWatermark(strategy.generator, generated)
    }
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
    const clockTime = this.#strategy.receivedAtOf?.(value) ?? (this.#isFuture(timestamp) ? MIN_WATERMARK : timestamp)
    if (clock.isReplay && clockTime > clock.now()) this.#environment.advanceClock(this.operatorId, clockTime)
    this.output.emit(value, timestamp)
    const generated = this.#generated
    if (generated === undefined && timestamp <= this.#maxTimestamp) return
    if (this.#isFuture(timestamp)) {
      this.counters.counter('futureTimestamps').add(1)
      return
    }
    if (generated === undefined) this.#maxTimestamp = timestamp
    else {
      place.step = this.operatorId
      generated.onRecord(value, timestamp, this.#believedUpTo())
    }
    this.resumeWatermark()
  }

  #isFuture(timestamp: number): boolean {
    return timestamp > this.#believedUpTo()
  }

  /** The latest time that the strategy believes, by the job's clock. */
  #believedUpTo(): number {
    return believedUpTo(this.#strategy.maxFutureMs, this.#environment.clock.now())
  }

  /** Says the watermark of the records so far, also after a restore. */
  resumeWatermark(): void {
    if (this.#generated !== undefined) this.#forward(this.#generated.watermark)
    else if (this.#maxTimestamp !== MIN_WATERMARK)
      this.#forward(this.#maxTimestamp - this.#strategy.outOfOrdernessMs - 1)
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
      lists: {
        [MAX_TIMESTAMP]: [this.#maxTimestamp],
        ...(this.#generated === undefined ? {} : { [GENERATED]: [this.#generated.snapshot()] }),
      },
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
