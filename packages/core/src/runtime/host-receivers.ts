import type { KeySelector, Place } from '../operators/operator.ts'
import type { HeapBackend } from '../state/backends/heap/heap-backend.ts'
import type { StateClock } from '../state/state-clock.ts'
import type { Receiver } from './receiver.ts'

/** What the receivers of a step need of its host. */
interface ReceivingHost {
  readonly operatorId: string
  readonly isUnfinished: boolean
  finishNow(): void
}

/** Sets the current key, then hands the record on. */
export class KeyedReceiver implements Receiver {
  readonly #host: ReceivingHost
  readonly #operator: Receiver
  readonly #backend: HeapBackend
  readonly #keyBy: KeySelector<unknown>
  readonly #place: Place
  readonly #clock: StateClock

  constructor(
    host: ReceivingHost,
    operator: Receiver,
    backend: HeapBackend,
    keyBy: KeySelector<unknown>,
    place: Place,
  ) {
    this.#host = host
    this.#operator = operator
    this.#backend = backend
    this.#keyBy = keyBy
    this.#place = place
    this.#clock = backend.clock
  }

  processRecord(value: unknown, timestamp: number): void {
    if (this.#host.isUnfinished) this.#host.finishNow()
    this.#place.step = this.#host.operatorId
    this.#backend.setCurrentKey(this.#keyBy(value))
    this.#clock.timestamp = timestamp
    this.#operator.processRecord(value, timestamp)
  }
}

/** For an operator without a key that has an order of its own: no record enters before it is done with its watermark. */
export class FinishingReceiver implements Receiver {
  readonly #host: ReceivingHost
  readonly #operator: Receiver

  constructor(host: ReceivingHost, operator: Receiver) {
    this.#host = host
    this.#operator = operator
  }

  processRecord(value: unknown, timestamp: number): void {
    if (this.#host.isUnfinished) this.#host.finishNow()
    this.#operator.processRecord(value, timestamp)
  }
}
