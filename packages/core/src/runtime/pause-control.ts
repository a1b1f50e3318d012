const CHECK_EVERY = 16

/**
 * The one flag that says "stop at the next point where the contract may": between two records or two timers. Set when the
 * output is full, when a message waits, or when the task has had its share of time; stays set until the task goes on.
 */
export class PauseControl {
  readonly #sliceMs: number
  #isPaused = false
  #countdown = CHECK_EVERY
  #sliceEnd = 0

  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Starts a share of time. */
  resume(): void {
    this.#isPaused = false
    this.#countdown = CHECK_EVERY
    this.#sliceEnd = performance.now() + this.#sliceMs
  }

  pause(): void {
    this.#isPaused = true
    this.#countdown = 0
  }

  /** Asked between two records, two results or two timers. Looks at the clock now and then only. */
  shouldPause(): boolean {
    this.#countdown -= 1
    return this.#countdown < 0 && this.#look()
  }

  #look(): boolean {
    if (this.#isPaused) return true
    this.#countdown = CHECK_EVERY
    if (performance.now() < this.#sliceEnd) return false
    this.pause()
    return true
  }
}
