import type { OperatorMetrics } from '@millrace/core/connector'
import type { AwsCalls } from '../aws/aws-calls.ts'

/** The requests about messages that were received, ten at a time. */
export interface QueueRequests {
  readonly calls: AwsCalls
  /** Resolves with the indexes of those that failed, each with whether trying again may help. */
  remove(receipts: readonly string[]): Promise<readonly { readonly index: number; readonly isForGood: boolean }[]>
  /** Makes them visible to others after so many seconds; 0 at once. */
  hide(receipts: readonly string[], seconds: number): Promise<void>
}

const MOST = 10
const TRIES = 8
/** Requests under way while messages are hidden again or deleted: many are held, and all of them before their time is over. */
const SIDE_BY_SIDE = 8

/**
 * Messages that the job has and the queue still holds: hidden from others for as long as they are here, and deleted when a checkpoint
 * that counts on them is durable.
 *
 * ```
 *   received ─► held, hidden again each third of the time-out ─► checkpoint durable ─► deleted
 *                                                            └─ the job ends before ─► visible again, at once
 * ```
 */
export class HeldMessages {
  readonly #requests: QueueRequests
  readonly #seconds: number
  readonly #metrics: OperatorMetrics | undefined
  /** Receipts by the number of the message, in the order in which they came. */
  readonly #receipts = new Map<number, string>()
  readonly #numbers = new Map<string, number>()
  readonly #ids = new Map<number, string>()
  readonly #timer: NodeJS.Timeout
  #hiding: Promise<void> | undefined
  #changed = Promise.withResolvers<void>()

  constructor(requests: QueueRequests, visibilitySeconds: number, metrics: OperatorMetrics | undefined) {
    this.#requests = requests
    this.#seconds = visibilitySeconds
    this.#metrics = metrics
    this.#timer = setInterval(() => this.#hideAgain(), (visibilitySeconds * 1_000) / 3)
    this.#timer.unref()
  }

  get count(): number {
    return this.#receipts.size
  }

  add(number: number, messageId: string, receipt: string): void {
    this.#receipts.set(number, receipt)
    this.#numbers.set(messageId, number)
    this.#ids.set(number, messageId)
    this.#measure()
  }

  /**
   * Whether a message that was received is held already, from an earlier reception: then it is held by its newest receipt, for with an
   * older one the service may say that it has deleted a message, and keep it.
   */
  holdsAgain(messageId: string, receipt: string): boolean {
    const number = this.#numbers.get(messageId)
    if (number === undefined) return false
    this.#receipts.set(number, receipt)
    this.#metrics?.counter('redelivered').add(1)
    return true
  }

  /** Leaves one to the queue, which gives it again at once, or to its dead-letter queue. */
  async leave(number: number): Promise<void> {
    const receipt = this.#receipts.get(number)
    this.#letGo(number)
    this.#measure()
    // Where that fails it comes again when its time is over.
    if (receipt !== undefined) await this.#requests.hide([receipt], 0).catch(() => undefined)
  }

  /** Resolves when some were deleted. */
  whenFewer(): Promise<void> {
    return this.#changed.promise
  }

  /** Deletes those up to a number. One whose time was over is another's by now, and comes again: it is counted (`lateDeletes`). */
  async removeUpTo(number: number): Promise<void> {
    let waiting: readonly Held[] = [...this.#receipts].filter(([at]) => at <= number)
    for (let tries = 1; waiting.length > 0; tries++) {
      const again: Held[] = []
      await sideBySide(waiting, async (some) => void again.push(...(await this.#remove(some, tries < TRIES))))
      waiting = again
    }
    this.#measure()
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** Deletes some. Gives those that are to be tried again. */
  async #remove(some: readonly Held[], mayTryAgain: boolean): Promise<Held[]> {
    const failed = new Map(
      (await this.#requests.remove(some.map(([, receipt]) => receipt))).map((each) => [each.index, each]),
    )
    const again: Held[] = []
    for (const [index, entry] of some.entries()) {
      const failure = failed.get(index)
      // One that came again meanwhile is held by a newer receipt, and that one counts.
      const newest = this.#receipts.get(entry[0])
      if (mayTryAgain && failure !== undefined && !failure.isForGood) again.push(entry)
      else if (mayTryAgain && newest !== undefined && newest !== entry[1]) again.push([entry[0], newest])
      else {
        this.#letGo(entry[0])
        if (failure !== undefined) this.#metrics?.counter('lateDeletes').add(1)
      }
    }
    return again
  }

  /** Leaves what is held to others, as far as that can be. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#hiding
    await this.#hide(0)
    for (const number of [...this.#receipts.keys()]) this.#letGo(number)
    this.#changed.resolve()
  }

  #letGo(number: number): void {
    this.#receipts.delete(number)
    this.#numbers.delete(this.#ids.get(number) ?? '')
    this.#ids.delete(number)
  }

  #hideAgain(): void {
    this.#hiding ??= this.#hide(this.#seconds).finally(() => {
      this.#hiding = undefined
    })
  }

  async #hide(seconds: number): Promise<void> {
    await sideBySide([...this.#receipts.values()], async (some) => {
      // What fails is tried at the next turn, and holds up none of the others; in the end the messages come again.
      await this.#requests.hide(some, seconds).catch(() => undefined)
    })
  }

  #measure(): void {
    this.#metrics?.gauge('heldMessages').set(this.#receipts.size)
  }
}

/** A message's number and its receipt. */
type Held = readonly [number: number, receipt: string]

/** As many as one request takes, in turn, by a few requests at once. */
async function sideBySide<T>(all: readonly T[], work: (some: readonly T[]) => Promise<void>): Promise<void> {
  let next = 0
  const one = async (): Promise<void> => {
    while (next < all.length) {
      const some = all.slice(next, next + MOST)
      next += MOST
      await work(some)
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, one))
}
