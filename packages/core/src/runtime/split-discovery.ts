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
 * One look at a time: one that hangs holds up the next look and nothing else. A split that comes after others is opened by the first look
 * that finds those at their end.
 */
export class SplitDiscovery {
  readonly #enumerator: SplitEnumerator
  readonly #reader: SourceReader<unknown>
  readonly #savedOf: (split: Split) => SplitSnapshot | undefined
  readonly #isFinished: (id: string) => boolean
  readonly #known = new Set<string>()
  #opened: OpenedSplit[] = []
  #dueAt = Number.POSITIVE_INFINITY
  #isLooking = false
  #isDueAtOnce = false
  #begun = 0
  #done = 0
  #isClosed = false
  #hasHeldBack = false

  constructor(
    enumerator: SplitEnumerator,
    reader: SourceReader<unknown>,
    savedOf: (split: Split) => SplitSnapshot | undefined,
    isFinished: (id: string) => boolean,
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
    this.#isFinished = isFinished
  }

  /** All splits that are there now. `look` follows, where it is due by then. */
  *first(): Waiting<readonly OpenedSplit[]> {
    yield* this.#discovering(() => {})
    this.#done = this.#begun
    return this.takeOpened()
  }

  /** When `look` has to be called next, by `performance.now()`; infinity while it is at it. */
  get dueAt(): number {
    return this.#dueAt
  }

  /** From now on the source is looked at again, now and then. */
  schedule(): void {
    const inMs = this.#isDueAtOnce ? 0 : (this.#enumerator.discoverEveryMs ?? EVERY_MS)
    this.#isDueAtOnce = false
    this.#dueAt = performance.now() + inMs
  }

  /** A look is due at once; the number that `done` has reached when such a one, begun after now, is done. */
  lookSoon(): number {
    if (this.#isLooking) this.#isDueAtOnce = true
    else this.#dueAt = 0
    return this.#begun + 1
  }

  /** How many looks are done. What they have opened has been opened before. */
  get done(): number {
    return this.#done
  }

  /** Looks for new splits and opens them in the background; calls `changed` when there is one to take, and when it is done. */
  look(changed: () => void, failed: (cause: unknown) => void): void {
    this.#dueAt = Number.POSITIVE_INFINITY
    this.#isLooking = true
    settle(this.#discovering(changed)).then(
      () => {
        this.#isLooking = false
        this.#done = this.#begun
        this.schedule()
        changed()
      },
      (cause: unknown) => {
        if (!this.#isClosed) failed(cause)
      },
    )
  }

  /** Whether a split was not opened yet because of others that it comes after. */
  get hasHeldBack(): boolean {
    return this.#hasHeldBack
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
    this.#begun += 1
    const splits = yield* until(this.#enumerator.discover())
    const found = new Set(splits.map(({ id }) => id))
    for (const split of splits) {
      if (this.#isClosed) return
      if (this.#known.has(split.id)) continue
      if (split.after?.some((id) => (found.has(id) || this.#known.has(id)) && !this.#isFinished(id))) {
        this.#hasHeldBack = true
        continue
      }
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
