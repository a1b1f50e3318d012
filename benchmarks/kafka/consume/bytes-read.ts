import type { Outcome, RunClock } from '../../harness/benchmark.ts'

/** Counts records and bytes, from the first to the last. */
export class BytesRead {
  readonly isAll: Promise<void>
  readonly #expected: number
  readonly #clock: RunClock
  readonly #resolve: () => void
  #records = 0
  #bytes = 0

  constructor(expected: number, clock: RunClock) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.isAll = promise
    this.#resolve = resolve
    this.#expected = expected
    this.#clock = clock
  }

  add(value: Uint8Array | null): void {
    if (this.#records === 0) this.#clock.start()
    this.#records += 1
    this.#bytes += value?.length ?? 0
    if (this.#records === this.#expected) this.#resolve()
  }

  outcome(): Outcome {
    return { results: this.#records, checksum: this.#bytes }
  }
}
