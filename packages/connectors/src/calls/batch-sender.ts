/** What a single entry of a batch met. */
export interface EntryFailure {
  /** Whether the same entry may be taken later. */
  readonly retryable: boolean
  /** What the sink fails with if nothing helps. */
  readonly error: Error
}

export interface BatchLimits {
  /** Entries in a request, and their bytes together. An entry that is larger alone goes alone. */
  readonly maxCount: number
  readonly maxBytes: number
  /** Requests under way at a time. */
  readonly maxInFlight: number
  /** How long an entry waits for others where a request could go, in ms. */
  readonly lingerMs: number
  /** Bytes not acknowledged yet, from which on `room` is a promise. */
  readonly maxBufferedBytes: number
  /** How long an entry is tried, from its first try, in ms. */
  readonly retryForMs: number
  /** About how long the first pause is, and the longest, in ms. Default 50 and 5,000. */
  readonly firstDelayMs?: number
  readonly maxDelayMs?: number
  /** What is refused keeps no place during its pause, and comes behind what is ready: where entries go to many. Default false. */
  readonly refusedGiveWay?: boolean
}

export interface BatchBehaviour<E> {
  /** Entries of one key are taken one after the other, in the order of `add`. `undefined`: at any time. Default: no entry has a key. */
  keyOf?(entry: E): string | undefined
  /**
   * One request, never empty. For each entry, by its index, what it met; `undefined` where it was taken. A rejection is every
   * entry's.
   */
  send(entries: readonly E[]): Promise<readonly (EntryFailure | undefined)[]>
  /** Of a request that failed as a whole. */
  failureOf(error: unknown): EntryFailure
  /** Entries are tried again: for a metric. */
  onRetry?(entries: number): void
  /** An entry that nothing helps: true where it has been dealt with. Else the sender fails. */
  onRefused?(entry: E, failure: EntryFailure): boolean
}

interface Waiting<E> {
  readonly entry: E
  readonly bytes: number
  readonly key: string | undefined
  /** Of its first try; 0 before that. */
  since: number
  delayMs: number
}

interface Waiter {
  readonly until: 'room' | 'empty'
  readonly promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

/**
 * Puts entries into requests that may take some of them and refuse others, and sends again what was refused for now, alone.
 *
 * ```
 *   add ──► ready ──► request ──► taken
 *    │ a key that is under way      │ refused for now
 *    ▼                              ▼
 *   behind its key                pause, growing, spread at random ──► before all that is ready
 * ```
 *
 * With `keyOf`, a request has at most one entry of a key, and no other request has one at the same time: an entry that has to be sent
 * again is overtaken by none of its key. While a service refuses whole requests, each pause keeps one of the `maxInFlight` places.
 * What nothing helped against fails the sender: every later call throws the first such error.
 *
 * A request whose answer was lost is made again: an entry may then be taken twice.
 */
export class BatchSender<E> {
  readonly #limits: BatchLimits
  readonly #behaviour: BatchBehaviour<E>
  /** To be sent again, before all others. */
  #again: Waiting<E>[] = []
  #ready: Waiting<E>[] = []
  #firstReady = 0
  #readyBytes = 0
  /** The keys that are ready or under way, each with what comes after, where there is any. */
  readonly #behind = new Map<string, Waiting<E>[] | undefined>()
  readonly #pauses = new Set<NodeJS.Timeout>()
  #linger: NodeJS.Timeout | undefined
  #isLingering = false
  #inFlight = 0
  #entries = 0
  #bufferedBytes = 0
  #flushing = 0
  #failure: { readonly error: unknown } | undefined
  readonly #waiters = new Set<Waiter>()

  constructor(limits: BatchLimits, behaviour: BatchBehaviour<E>) {
    this.#limits = limits
    this.#behaviour = behaviour
  }

  /** Bytes not acknowledged yet. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** Entries not acknowledged yet. */
  get bufferedEntries(): number {
    return this.#entries
  }

  /** Whether more is buffered than may be: `room` would be a promise. */
  get isFull(): boolean {
    return this.#bufferedBytes > this.#limits.maxBufferedBytes
  }

  /** Takes an entry in, whether there is room or not; `room` comes after the last of a run. @throws where the sender has failed */
  add(entry: E, bytes: number): void {
    this.#throwIfFailed()
    const key = this.#behaviour.keyOf?.(entry)
    const waiting: Waiting<E> = { entry, bytes, key, since: 0, delayMs: 0 }
    this.#entries += 1
    this.#bufferedBytes += bytes
    if (key === undefined || !this.#behind.has(key)) {
      if (key !== undefined) this.#behind.set(key, undefined)
      this.#makeReady(waiting)
      // Full ones only: the rest of a run may be on its way.
      while (this.#mayAsk() && this.#hasFullBatch()) this.#sendNext()
      return
    }
    const behind = this.#behind.get(key)
    if (behind === undefined) this.#behind.set(key, [waiting])
    else behind.push(waiting)
  }

  /** Sends what can be sent. A promise while more is buffered than may be. @throws where the sender has failed */
  room(): Promise<void> | undefined {
    this.#throwIfFailed()
    this.#pump()
    return this.isFull ? this.#wait('room') : undefined
  }

  /** Resolves when everything added so far is acknowledged. Rejects where the sender fails. */
  async flush(): Promise<void> {
    this.#throwIfFailed()
    if (this.#entries === 0) return
    this.#flushing += 1
    try {
      this.#pump()
      await this.#wait('empty')
    } finally {
      this.#flushing -= 1
    }
  }

  /** Sends nothing any more. Who waits is rejected. */
  close(): void {
    this.#fail(new Error('the sink is closed'))
  }

  #hasFullBatch(): boolean {
    return this.#readyCount >= this.#limits.maxCount || this.#readyBytes >= this.#limits.maxBytes
  }

  get #readyCount(): number {
    return this.#again.length + this.#ready.length - this.#firstReady
  }

  #makeReady(waiting: Waiting<E>): void {
    this.#ready.push(waiting)
    this.#readyBytes += waiting.bytes
    if (this.#limits.lingerMs === 0 || this.#isLingering || this.#linger !== undefined) return
    this.#linger = setTimeout(() => {
      this.#linger = undefined
      this.#isLingering = true
      this.#pump()
    }, this.#limits.lingerMs)
  }

  #pump(): void {
    while (this.#mayAsk() && this.#mayGo()) this.#sendNext()
  }

  /** Whether another request may be under way. */
  #mayAsk(): boolean {
    return this.#failure === undefined && this.#inFlight < this.#limits.maxInFlight
  }

  #sendNext(): void {
    // What `onRetry` or `onRefused` throws.
    this.#send(this.#nextBatch()).catch((error: unknown) => this.#fail(error))
  }

  #mayGo(): boolean {
    if (this.#readyCount === 0) return false
    if (this.#again.length > 0 || this.#limits.lingerMs === 0 || this.#isLingering) return true
    // Whoever waits for room or for the end adds no more.
    return this.#flushing > 0 || this.isFull || this.#hasFullBatch()
  }

  #nextBatch(): Waiting<E>[] {
    const { maxCount, maxBytes } = this.#limits
    const batch: Waiting<E>[] = []
    let bytes = 0
    while (batch.length < maxCount) {
      const next = this.#again[0] ?? this.#ready[this.#firstReady]
      if (next === undefined || (batch.length > 0 && bytes + next.bytes > maxBytes)) break
      this.#takeReady(next)
      batch.push(next)
      bytes += next.bytes
    }
    return batch
  }

  #takeReady(next: Waiting<E>): void {
    this.#readyBytes -= next.bytes
    if (this.#again.length > 0) {
      this.#again.shift()
    } else {
      this.#firstReady += 1
      // What has been taken is let go of from time to time.
      if (this.#firstReady >= 1_024 && this.#firstReady * 2 > this.#ready.length) {
        this.#ready = this.#ready.slice(this.#firstReady)
        this.#firstReady = 0
      }
    }
    if (this.#readyCount > 0) return
    clearTimeout(this.#linger)
    this.#linger = undefined
    this.#isLingering = false
    this.#ready = []
    this.#firstReady = 0
  }

  async #send(batch: readonly Waiting<E>[]): Promise<void> {
    this.#inFlight += 1
    const now = performance.now()
    for (const waiting of batch) if (waiting.since === 0) waiting.since = now
    const failures = await this.#outcome(batch)
    if (this.#failure !== undefined) return
    const refused: Waiting<E>[] = []
    for (const [index, waiting] of batch.entries()) {
      const failure = failures[index]
      if (failure === undefined) this.#settle(waiting)
      else if (this.#mayTryAgain(waiting, failure)) refused.push(waiting)
      else if (this.#behaviour.onRefused?.(waiting.entry, failure) === true) this.#settle(waiting)
      else return this.#fail(failure.error)
    }
    // A service that takes nothing is not asked more often than the pauses allow.
    const keepsPlace = refused.length === batch.length && this.#limits.refusedGiveWay !== true
    if (!keepsPlace) this.#inFlight -= 1
    if (refused.length > 0) this.#pause(refused, keepsPlace)
    this.#wake()
    this.#pump()
  }

  async #outcome(batch: readonly Waiting<E>[]): Promise<readonly (EntryFailure | undefined)[]> {
    try {
      const failures = await this.#behaviour.send(batch.map(({ entry }) => entry))
      if (failures.length === batch.length) return failures
      throw new Error(`the answer speaks of ${failures.length} entries of ${batch.length}`)
    } catch (error) {
      const failure = this.#behaviour.failureOf(error)
      return batch.map(() => failure)
    }
  }

  #mayTryAgain(waiting: Waiting<E>, failure: EntryFailure): boolean {
    return failure.retryable && performance.now() - waiting.since < this.#limits.retryForMs
  }

  /** Decorrelated jitter: each pause is spread between the first and three times the one before. */
  #pause(refused: readonly Waiting<E>[], keepsPlace: boolean): void {
    const { firstDelayMs = 50, maxDelayMs = 5_000 } = this.#limits
    const before = refused.reduce((longest, { delayMs }) => Math.max(longest, delayMs), firstDelayMs)
    const delayMs = Math.min(maxDelayMs, firstDelayMs + Math.random() * (before * 3 - firstDelayMs))
    this.#behaviour.onRetry?.(refused.length)
    const pause = setTimeout(() => {
      this.#pauses.delete(pause)
      if (keepsPlace) this.#inFlight -= 1
      for (const waiting of refused) {
        waiting.delayMs = delayMs
        this.#readyBytes += waiting.bytes
      }
      const queue = this.#limits.refusedGiveWay === true ? this.#ready : this.#again
      queue.push(...refused)
      this.#pump()
    }, delayMs)
    this.#pauses.add(pause)
  }

  /** It is acknowledged: the next of its key may go. */
  #settle({ key, bytes }: Waiting<E>): void {
    this.#entries -= 1
    this.#bufferedBytes -= bytes
    if (key === undefined) return
    const behind = this.#behind.get(key)
    const next = behind?.shift()
    if (next === undefined) this.#behind.delete(key)
    else this.#makeReady(next)
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      const isDone = waiter.until === 'room' ? !this.isFull : this.#entries === 0
      if (!isDone) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }

  #wait(until: Waiter['until']): Promise<void> {
    const waiter = { until, ...Promise.withResolvers<void>() }
    this.#waiters.add(waiter)
    return waiter.promise
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    clearTimeout(this.#linger)
    for (const pause of this.#pauses) clearTimeout(pause)
    this.#pauses.clear()
    for (const waiter of this.#waiters) waiter.reject(this.#failure.error)
    this.#waiters.clear()
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
