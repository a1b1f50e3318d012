import { deserialize, serialize } from 'node:v8'
import type { OperatorSnapshot } from '../checkpoint/checkpoint.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../elements/timestamp.ts'
import type { KeySelector, OperatorFactory } from '../operators/operator.ts'
import { OperatorHost } from '../runtime/operator-host.ts'
import type { Receiver } from '../runtime/receiver.ts'
import { JobClock } from '../time/clock.ts'
import { deepFreeze } from './deep-freeze.ts'
import type { ScriptElement } from './script.ts'

/** What an operator let out. `tag` is set for a side output. */
export interface EmittedRecord {
  readonly value: unknown
  readonly timestamp: number
  readonly tag?: string
}

export interface BenchOptions {
  readonly keyBy?: KeySelector<unknown>
  readonly secondKeyBy?: KeySelector<unknown>
  readonly inputs: number
  readonly maxParallelism: number
  readonly isReplay: boolean
  /** Asked where the contract may stop; true stops there. */
  shouldPause(): boolean
}

/**
 * Runs one operator in the engine's own host, away from a job: nothing is fused, nothing waits, everything that goes in or out is
 * frozen. `snapshot` and a new bench on it are a crash and a restart.
 */
export class OperatorBench {
  readonly clock: JobClock
  /** Everything that was emitted, in order. */
  readonly emitted: EmittedRecord[] = []
  /** The last watermark that went on. */
  forwarded: number = MIN_WATERMARK
  isIdle = false
  /** Results that were emitted at or before a watermark that had gone on already. */
  readonly behindWatermark: EmittedRecord[] = []
  readonly #host: OperatorHost
  readonly #receiver: Receiver
  readonly #second: Receiver
  #isUnfinished = false

  constructor(
    factory: OperatorFactory<never, unknown, never>,
    options: BenchOptions,
    restored?: { readonly snapshot: Uint8Array; readonly now: number },
  ) {
    this.clock = new JobClock(options.isReplay, restored?.now ?? MIN_WATERMARK)
    const environment = {
      place: { step: '' },
      pause: { shouldPause: () => options.shouldPause() },
      clock: this.clock,
      maxParallelism: options.maxParallelism,
      unfinished: () => {
        this.#isUnfinished = true
      },
    }
    const snapshot = restored === undefined ? undefined : (deserialize(restored.snapshot) as OperatorSnapshot)
    this.#host = new OperatorHost(
      'tested',
      factory as unknown as OperatorFactory<unknown, unknown, unknown>,
      options.inputs,
      environment,
      snapshot,
    )
    const sides = (factory.sideOutputs ?? []).map((tag): [string, Receiver[]] => [tag, [this.#taking(tag)]])
    this.#host.output.connect([this.#taking(undefined)], new Map(sides))
    const target = {
      advanceWatermark: (_input: number, watermark: number) => {
        this.forwarded = Math.max(this.forwarded, watermark)
      },
      setIdle: () => {
        this.isIdle = true
      },
      setActive: () => {
        this.isIdle = false
      },
    }
    this.#host.forwardTo([{ host: target, input: 0 }])
    this.#receiver = this.#host.receiver(options.keyBy)
    this.#second = factory.secondInput === undefined ? this.#receiver : this.#host.receiver(options.secondKeyBy, 1)
    this.#host.open()
    if (restored !== undefined) this.#host.resumeWatermark()
  }

  /** True when the operator stopped before it was done with its watermark; `goOn` lets it. */
  get isUnfinished(): boolean {
    return this.#isUnfinished
  }

  apply(element: ScriptElement<unknown>): void {
    switch (element.type) {
      case 'record':
        this.#receiverOf(element.input).processRecord(deepFreeze(element.value), element.timestamp)
        break
      case 'watermark':
        this.#host.advanceWatermark(element.input, element.watermark)
        break
      case 'time':
        this.#advanceClock(element.time)
        break
      case 'idle':
        this.#host.setIdle(element.input)
        break
      case 'active':
        this.#host.setActive(element.input)
        break
    }
  }

  /** Of an operator with two inputs the first script input feeds the first, the others feed the second. */
  #receiverOf(input: number): Receiver {
    return input === 0 ? this.#receiver : this.#second
  }

  goOn(): void {
    this.#isUnfinished = false
    this.#host.run()
  }

  endInput(): void {
    this.#host.endInput()
  }

  /** The operator's snapshot, through bytes. */
  snapshot(checkpointId: number): Uint8Array {
    this.#host.prepareSnapshot(checkpointId)
    return serialize(this.#host.snapshot())
  }

  counters(): Record<string, number> {
    return this.#host.counters.values()
  }

  /** How many keys have anything. */
  keyCount(): number | undefined {
    return this.#host.keyCount()
  }

  close(): void {
    this.#host.close()
  }

  #advanceClock(time: number): void {
    for (let due = this.#host.nextProcessingDue(); due <= time; due = this.#host.nextProcessingDue()) {
      this.clock.advanceTo(due)
      this.#host.fireProcessingTimer(due)
    }
    this.clock.advanceTo(time)
  }

  #taking(tag: string | undefined): Receiver {
    return {
      processRecord: (value, timestamp) => {
        const emitted = { value: deepFreeze(value), timestamp, ...(tag === undefined ? {} : { tag }) }
        this.emitted.push(emitted)
        if (tag === undefined && timestamp <= this.forwarded && this.forwarded !== MAX_WATERMARK) {
          this.behindWatermark.push(emitted)
        }
      },
    }
  }
}
