const MIB = 1024 * 1024
/** What an object begins with, and the least that is asked for. */
const LEAST = 256 * 1024
const MOST = 4 * MIB
/** For the pieces of all objects together, where they are few enough. */
const ALL = 32 * MIB

/**
 * How much of an object is asked for at once, where nobody has said: the fewer are open, the more, since a request costs as much as reading
 * half a MiB does.
 */
export class PieceSizes {
  readonly #fixed: number | undefined
  #open = 0

  constructor(fixed: number | undefined) {
    this.#fixed = fixed
  }

  /** Another object is open. Gives the sizes of its pieces, one after the other: the first is small, for others may be opened next. */
  opened(): () => number {
    this.#open += 1
    let isFirst = true
    return () => {
      if (this.#fixed !== undefined) return this.#fixed
      const size = isFirst ? LEAST : Math.min(MOST, Math.max(LEAST, Math.floor(ALL / this.#open)))
      isFirst = false
      return size
    }
  }

  closed(): void {
    this.#open -= 1
  }
}
