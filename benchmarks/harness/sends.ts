/** Requests under way, a few at a time, as one drives a client by hand. */
export class Sends {
  readonly #sending = new Set<Promise<void>>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get isFull(): boolean {
    return this.#sending.size >= this.#most
  }

  add(sent: Promise<unknown>): Promise<void> {
    const ended = sent.then(() => {
      this.#sending.delete(ended)
    })
    this.#sending.add(ended)
    return ended
  }

  /** Resolves when there is room for another. */
  async room(): Promise<void> {
    while (this.isFull) await Promise.race(this.#sending)
  }

  async all(): Promise<void> {
    await Promise.all(this.#sending)
  }
}
