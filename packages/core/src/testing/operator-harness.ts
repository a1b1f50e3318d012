import type { OutputTag } from '../elements/output-tag.ts'
import type { KeySelector, OperatorFactory } from '../operators/operator.ts'
import { OperatorBench } from './operator-bench.ts'
import { active, idle, record, type ScriptElement, time, watermark } from './script.ts'

export interface HarnessOptions<In, Second = never> {
  /** For a keyed operator: how its records get their key. */
  readonly keyBy?: KeySelector<In>
  /** For a keyed operator with two keyed inputs: the same for records of the second. */
  readonly secondKeyBy?: KeySelector<Second>
  /** Default 1, or 2 for an operator with two. */
  readonly inputs?: number
}

/** One operator, driven by hand: no job, no clock but the one that `time` moves. */
export interface OperatorHarness<In, Out, Second = never> {
  process(value: In, timestamp: number, input?: number): void
  /** A record of the second input of an operator that has two. */
  processSecond(value: Second, timestamp: number): void
  /** Event time has reached this on an input. */
  watermark(watermark: number, input?: number): void
  /** The job's clock has reached this. */
  time(time: number): void
  idle(input?: number): void
  active(input?: number): void
  /** What was emitted since the last call. */
  output(): { readonly value: Out; readonly timestamp: number }[]
  /** What went to a side output since the last call. The operator has to say that it has one. */
  sideOutput<T>(tag: OutputTag<T>): { readonly value: T; readonly timestamp: number }[]
  /** The watermark that has gone on downstream. */
  readonly forwardedWatermark: number
  counters(): Readonly<Record<string, number>>
  /** How many keys have state, timers or a clock; `undefined` for an operator that is not keyed. */
  keyCount(): number | undefined
  /** Goes on with a new operator, restored from a snapshot of this one: a crash and a restart. */
  restart(): void
  close(): void
}

/** Opens an operator to be driven by hand. What goes in or out is frozen, as in `verifyOperator`. */
export function operatorHarness<In, Out, Second = never>(
  factory: OperatorFactory<In, Out, Second>,
  options: HarnessOptions<In, Second> = {},
): OperatorHarness<In, Out, Second> {
  return new Harness(
    factory as OperatorFactory<never, unknown, never>,
    options as HarnessOptions<never>,
  ) as unknown as OperatorHarness<In, Out, Second>
}

class Harness implements OperatorHarness<unknown, unknown, unknown> {
  readonly #factory: OperatorFactory<never, unknown, never>
  readonly #options: HarnessOptions<never>
  readonly #main: { value: unknown; timestamp: number }[] = []
  readonly #sides = new Map<string, { value: unknown; timestamp: number }[]>()
  readonly #watermarks = new Map<number, number>()
  #bench: OperatorBench
  #checkpointId = 0

  constructor(factory: OperatorFactory<never, unknown, never>, options: HarnessOptions<never>) {
    this.#factory = factory
    this.#options = options
    this.#bench = this.#open(undefined)
  }

  process(value: unknown, timestamp: number, input = 0): void {
    this.#apply(record(value, timestamp, input))
  }

  processSecond(value: unknown, timestamp: number): void {
    this.#apply(record(value, timestamp, 1))
  }

  watermark(reached: number, input = 0): void {
    this.#watermarks.set(input, reached)
    this.#apply(watermark(reached, input))
  }

  time(reached: number): void {
    this.#apply(time(reached))
  }

  idle(input = 0): void {
    this.#apply(idle(input))
  }

  active(input = 0): void {
    this.#apply(active(input))
  }

  output(): { value: unknown; timestamp: number }[] {
    return this.#main.splice(0)
  }

  sideOutput<T>(tag: OutputTag<T>): { value: T; timestamp: number }[] {
    return (this.#sides.get(tag.id) ?? []).splice(0) as { value: T; timestamp: number }[]
  }

  get forwardedWatermark(): number {
    return this.#bench.forwarded
  }

  counters(): Record<string, number> {
    return this.#bench.counters()
  }

  keyCount(): number | undefined {
    return this.#bench.keyCount()
  }

  restart(): void {
    const snapshot = this.#bench.snapshot(++this.#checkpointId)
    const now = this.#bench.clock.now()
    this.#collect()
    this.#bench.close()
    this.#bench = this.#open({ snapshot, now })
    for (const [input, reached] of this.#watermarks) this.#apply(watermark(reached, input))
  }

  close(): void {
    this.#bench.close()
  }

  #apply(element: ScriptElement<unknown>): void {
    this.#bench.apply(element)
    this.#collect()
  }

  #collect(): void {
    for (const { tag, ...emitted } of this.#bench.emitted.splice(0)) {
      if (tag === undefined) this.#main.push(emitted)
      else this.#sides.set(tag, [...(this.#sides.get(tag) ?? []), emitted])
    }
  }

  #open(restored: { readonly snapshot: Uint8Array; readonly now: number } | undefined): OperatorBench {
    const { keyBy, secondKeyBy, inputs = this.#factory.secondInput === undefined ? 1 : 2 } = this.#options
    return new OperatorBench(
      this.#factory,
      {
        ...(keyBy === undefined ? {} : { keyBy: keyBy as KeySelector<unknown> }),
        ...(secondKeyBy === undefined ? {} : { secondKeyBy: secondKeyBy as KeySelector<unknown> }),
        inputs,
        maxParallelism: 8,
        isReplay: true,
        shouldPause: () => false,
      },
      restored,
    )
  }
}
