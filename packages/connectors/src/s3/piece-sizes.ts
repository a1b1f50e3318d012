const MIB = 1024 * 1024
/** What an object begins with, and the least that is asked for. */
const LEAST = 256 * 1024
const MOST = 4 * MIB
/** For the pieces of all objects together, where they are few enough. */
const ALL = 64 * MIB

/** For the pieces of one object. */
export interface PieceSize {
  /** How much is asked for next. */
  chunkBytes(): number
  /** Whether a piece may be asked for before the one in front of it is read. */
  readsAhead(): boolean
}

/**
 * How much of an object is asked for at once, where nobody has said: the fewer are open, the more, since a request costs as much as reading
 * half a MiB does. Of many, none is asked for ahead of need.
 */
export class PieceSizes {
  readonly #fixed: number | undefined
  #open = 0

  constructor(fixed: number | undefined) {
    this.#fixed = fixed
  }

  /** Another object is open. The first of its pieces is small, for others may be opened next. */
  opened(): PieceSize {
    this.#open += 1
    let isFirst = true
    return {
      chunkBytes: () => {
        if (this.#fixed !== undefined) return this.#fixed
        const size = isFirst ? LEAST : Math.min(MOST, Math.max(LEAST, this.#share))
        isFirst = false
        return size
      },
      readsAhead: () => this.#fixed !== undefined || this.#share >= LEAST,
    }
  }

  closed(): void {
    this.#open -= 1
  }

  /** Of an object, which has two pieces while one is read and the next is under way. */
  get #share(): number {
    return Math.floor(ALL / this.#open / 2)
  }
}
