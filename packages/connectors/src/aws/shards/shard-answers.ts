import { type FeedAnswer, type FeedStart, RecordsGone, type ShardFeed } from './shard-feed.ts'

/** What the answers of a shard are taken from, and what is said about them. */
export interface ShardAnswersParts<R> {
  openFeed(from: FeedStart): Promise<ShardFeed<R>>
  /** What the job stands behind is not there any more. Throws unless it is to go on with the oldest there is. */
  lost(cause: unknown): void
  /** Whether an error of opening a saved position says that its shard, or its place in it, is gone. */
  isGone(error: unknown): boolean
  /** How far behind the shard is. `undefined`: it is not read any more. */
  isBehind(behindMs: number | undefined): void
}

/**
 * The answers of one shard in turn, at most one of them asked for before its time. Where the next record is gone, it goes on with the oldest
 * that there is, if that is allowed.
 */
export class ShardAnswers<R> {
  readonly #parts: ShardAnswersParts<R>
  #feed: ShardFeed<R>
  /** Asked for before its time. */
  #next: Promise<FeedAnswer<R> | undefined> | undefined

  private constructor(parts: ShardAnswersParts<R>, feed: ShardFeed<R>) {
    this.#parts = parts
    this.#feed = feed
  }

  /** @param isSaved whether a checkpoint stands there: then what is gone has been lost. */
  static async open<R>(from: FeedStart, isSaved: boolean, parts: ShardAnswersParts<R>): Promise<ShardAnswers<R>> {
    try {
      return new ShardAnswers(parts, await parts.openFeed(from))
    } catch (error) {
      if (!isSaved || !parts.isGone(error)) throw error
      parts.lost(error)
      return new ShardAnswers<R>(parts, { next: async () => undefined, close: () => undefined })
    }
  }

  /** Asks for the next answer, if nobody has yet. */
  askAhead(): void {
    if (this.#next !== undefined) return
    this.#next = this.#feed.next()
    // Whoever reads on hears of it.
    this.#next.catch(() => {})
  }

  /** The next answer, empty ones among them; `undefined` at the shard's end. */
  async take(): Promise<FeedAnswer<R> | undefined> {
    for (;;) {
      try {
        this.askAhead()
        const answer = await this.#next
        this.#next = undefined
        this.#parts.isBehind(answer?.behindMs)
        return answer
      } catch (error) {
        this.#next = undefined
        if (!(error instanceof RecordsGone)) throw error
        this.#parts.lost(undefined)
        this.#feed.close()
        this.#feed = await this.#parts.openFeed({ at: 'trim-horizon' })
      }
    }
  }

  close(): void {
    this.#feed.close()
    this.#parts.isBehind(undefined)
  }
}
