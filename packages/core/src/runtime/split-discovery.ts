import type { SplitSnapshot } from '../checkpoint/checkpoint.ts'
import { MillraceError } from '../errors.ts'
import type { SourceReader, Split, SplitEnumerator, SplitReader } from '../operators/sources/source.ts'
import { settle, until, type Waiting } from './waiting.ts'

const EVERY_MS = 10_000

/** A split that can be read, and what a checkpoint holds of it. One that has ended before has no reader. */
export interface OpenedSplit {
  readonly split: Split
  readonly saved: SplitSnapshot | undefined
  readonly reader: SplitReader<unknown> | undefined
}

/**
 * Finds the splits of one source and opens them: at the start those that are there, then in the background those that come.
 *
 * ```
 *   first() ─► look ─► discover, openSplit, openSplit … ─► look … ─► closing
 *                              └─ each waits to be taken, between two steps of the task ─► takeOpened()
 * ```
 *
 * One look at a time: one that hangs holds up the next look and nothing else.
 */
export class SplitDiscovery {
  readonly #enumerator: SplitEnumerator
  readonly #reader: SourceReader<unknown>
  readonly #savedOf: (split: Split) => SplitSnapshot | undefined
  readonly #known = new Set<string>()
  #opened: OpenedSplit[] = []
  #dueAt = Number.POSITIVE_INFINITY
  #isClosed = false

  constructor(
    enumerator: SplitEnumerator,
    reader: SourceReader<unknown>,
    savedOf: (split: Split) => SplitSnapshot | undefined,
  ) {
    const { discoverEveryMs } = enumerator
    if (discoverEveryMs !== undefined && !(discoverEveryMs > 0)) {
      throw new MillraceError(
        'CORE_OPTION_INVALID',
        `discoverEveryMs of a source was ${discoverEveryMs}; it is a number of ms above 0`,
      )
    }
    this.#enumerator = enumerator
    this.#reader = reader
    this.#savedOf = savedOf
  }

  /** All splits that are there now. `look` follows, where it is due by then. */
  *first(): Waiting<readonly OpenedSplit[]> {
    yield* this.#discovering(() => {})
    return this.takeOpened()
  }

  /** When `look` has to be called next, by `performance.now()`; infinity while it is at it. */
  get dueAt(): number {
    return this.#dueAt
  }

  /** From now on the source is looked at again, now and then. */
  schedule(): void {
    this.#dueAt = performance.now() + (this.#enumerator.discoverEveryMs ?? EVERY_MS)
  }

  /** Looks for new splits and opens them in the background; calls `changed` when there is one to take, and when it is done. */
  look(changed: () => void, failed: (cause: unknown) => void): void {
    this.#dueAt = Number.POSITIVE_INFINITY
    settle(this.#discovering(changed)).then(
      () => {
        this.schedule()
        changed()
      },
      (cause: unknown) => {
        if (!this.#isClosed) failed(cause)
      },
    )
  }

  get hasOpened(): boolean {
    return this.#opened.length > 0
  }

  /** Those that have been opened since it was last asked, in the order in which they were found. */
  takeOpened(): readonly OpenedSplit[] {
    const opened = this.#opened
    this.#opened = []
    return opened
  }

  /** Closes what was opened and not taken; what is being opened is closed when it is. Waits for no look. */
  *closing(): Waiting<void> {
    this.#isClosed = true
    for (const { reader } of this.takeOpened()) yield* until(reader?.close?.())
  }

  *#discovering(opened: () => void): Waiting<void> {
    const splits = yield* until(this.#enumerator.discover())
    for (const split of splits) {
      if (this.#isClosed) return
      if (this.#known.has(split.id)) continue
      this.#known.add(split.id)
      const saved = this.#savedOf(split)
      const reader =
        saved?.isFinished === true ? undefined : yield* until(this.#reader.openSplit(split, saved?.position))
      if (this.#isClosed) {
        yield* until(reader?.close?.())
        return
      }
      this.#opened.push({ split, saved, reader })
      opened()
    }
  }
}
