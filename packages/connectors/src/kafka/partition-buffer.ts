import type { FetchedRecord, NodeId, TopicPartition } from './client/kafka-client.ts'

/** A run of records and the offset behind it, which may be further than its last record: what was aborted is passed over. */
interface FetchedRun {
  readonly records: readonly FetchedRecord[]
  readonly nextOffset: number
  readonly bytes: number
}

/** Records of one partition that follow each other, and where to go on after them. */
export interface TakenRecords {
  readonly records: readonly FetchedRecord[]
  readonly nextOffset: number
}

/** What memory a record takes beside its key and value, about. */
const RECORD_BYTES = 100

/**
 * One partition between the fetcher, which fills it, and the reader of its split, which empties it. The reader waits for one thing
 * at a time.
 */
export class PartitionBuffer implements TopicPartition {
  readonly topic: string
  readonly partition: number
  /** The partition ends before this offset. */
  readonly end: number
  /** Of the next record to ask for. */
  fetchOffset: number
  /** Of the next record to take. */
  readOffset: number
  bytes = 0
  /** Where the log ended, or its committed part, when it was last seen. */
  logEnd: number | undefined
  lastTimestamp: number | undefined
  /** Whom to ask: the leader, or a replica nearby that the leader named. */
  node: NodeId | undefined
  isFollower = false
  isLocating = false
  isInFlight = false
  /** Not to be asked before, by `performance.now()`. */
  notBefore = 0
  failingSince: number | undefined
  failures = 0
  /** When it was last asked for, as a count. */
  asked = 0
  readonly #runs: FetchedRun[] = []
  #index = 0
  #failure: { readonly cause: unknown } | undefined
  #waiting: { readonly resolve: () => void; readonly reject: (cause: unknown) => void } | undefined

  constructor({ topic, partition }: TopicPartition, offset: number, end: number) {
    this.topic = topic
    this.partition = partition
    this.fetchOffset = offset
    this.readOffset = offset
    this.end = end
  }

  /** Somebody waits for a record, and there is none. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined
  }

  get isFetched(): boolean {
    return this.fetchOffset >= this.end
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Records behind the next to take, as far as is known. */
  get lag(): number {
    return Math.max(0, Math.min(this.logEnd ?? this.readOffset, this.end) - this.readOffset)
  }

  /** What was fetched from `fetchOffset` up to `nextOffset`, without what does not count. */
  add(fetched: readonly FetchedRecord[], nextOffset: number): void {
    const records = nextOffset > this.end ? fetched.filter(({ offset }) => offset < this.end) : fetched
    let bytes = 0
    for (const { key, value } of records) bytes += RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
    this.fetchOffset = nextOffset
    this.bytes += bytes
    this.#runs.push({ records, nextOffset, bytes })
    this.#settle()
  }

  fail(cause: unknown): void {
    this.#failure ??= { cause }
    this.#settle()
  }

  /**
   * The next records, at most `most`; `undefined` where none is there yet; 'end' behind the last.
   *
   * @throws what the fetcher failed with, once all before it is taken
   */
  take(most: number): TakenRecords | 'end' | undefined {
    for (let run = this.#runs[0]; run !== undefined; run = this.#runs[0]) {
      const left = run.records.length - this.#index
      if (left > most) {
        const records = run.records.slice(this.#index, this.#index + most)
        this.#index += most
        return this.#taken(records, (records.at(-1) as FetchedRecord).offset + 1)
      }
      const records = this.#index === 0 ? run.records : run.records.slice(this.#index)
      this.#runs.shift()
      this.#index = 0
      this.bytes -= run.bytes
      if (records.length > 0) return this.#taken(records, run.nextOffset)
      this.readOffset = run.nextOffset
    }
    if (this.readOffset >= this.end) return 'end'
    if (this.#failure !== undefined) throw this.#failure.cause
    return undefined
  }

  /** Resolves when `take` has something to say; rejects when the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const abort = (): void => this.#waiting?.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting = { resolve, reject }
      })
    } finally {
      this.#waiting = undefined
      signal.removeEventListener('abort', abort)
    }
  }

  #taken(records: readonly FetchedRecord[], nextOffset: number): TakenRecords {
    this.readOffset = nextOffset
    this.lastTimestamp = records.at(-1)?.timestamp
    return { records, nextOffset }
  }

  #settle(): void {
    this.#waiting?.resolve()
  }
}
