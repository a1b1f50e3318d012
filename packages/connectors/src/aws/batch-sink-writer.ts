import type { OperatorMetrics, SinkWriter } from '@millrace/core/connector'
import type { BatchSender } from '../calls/batch-sender.ts'

export interface SizedEntry<E> {
  readonly entry: E
  /** As the service counts them. */
  readonly bytes: number
}

export interface BatchSinkParts<T, E> {
  readonly sender: BatchSender<E>
  /** A promise only where the format has to wait, for a schema. `undefined`: it is not sent, and counted by whoever says so. */
  toEntry(value: T, timestamp: number): SizedEntry<E> | undefined | Promise<SizedEntry<E> | undefined>
  readonly metrics: OperatorMetrics | undefined
  close(): void | Promise<void>
}

/**
 * Writes at least once: visible as soon as a request is answered; a checkpoint waits until everything before it is acknowledged. A
 * restart writes again what came after its checkpoint.
 *
 * Metrics: counter `bytesOut`; gauges `bufferedBytes`, `bufferedRecords`.
 */
export class BatchSinkWriter<T, E> implements SinkWriter<T> {
  readonly #parts: BatchSinkParts<T, E>
  readonly #bytesOut: ReturnType<OperatorMetrics['counter']> | undefined

  constructor(parts: BatchSinkParts<T, E>) {
    this.#parts = parts
    this.#bytesOut = parts.metrics?.counter('bytesOut')
  }

  write(values: readonly T[], timestamps: readonly number[]): void | Promise<void> {
    return this.#writeFrom(0, values, timestamps)
  }

  async prepareCommit(): Promise<undefined> {
    await this.#parts.sender.flush()
    this.#measure()
    return undefined
  }

  async close(): Promise<void> {
    this.#parts.sender.close()
    await this.#parts.close()
  }

  /** Goes on without waiting for as long as nothing has to be waited for. */
  #writeFrom(first: number, values: readonly T[], timestamps: readonly number[]): void | Promise<void> {
    const { sender, toEntry } = this.#parts
    for (let at = first; at < values.length; at++) {
      const sized = toEntry(values[at] as T, timestamps[at] as number)
      if (sized instanceof Promise) {
        return sized.then((ready) => {
          this.#add(ready)
          return this.#writeFrom(at + 1, values, timestamps)
        })
      }
      this.#add(sized)
      const room = sender.isFull ? sender.room() : undefined
      if (room !== undefined) return room.then(() => this.#writeFrom(at + 1, values, timestamps))
    }
    this.#measure()
    return sender.room()
  }

  #add(sized: SizedEntry<E> | undefined): void {
    if (sized === undefined) return
    this.#parts.sender.add(sized.entry, sized.bytes)
    this.#bytesOut?.add(sized.bytes)
  }

  #measure(): void {
    const { sender, metrics } = this.#parts
    metrics?.gauge('bufferedBytes').set(sender.bufferedBytes)
    metrics?.gauge('bufferedRecords').set(sender.bufferedEntries)
  }
}
