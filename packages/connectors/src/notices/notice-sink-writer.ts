import { setTimeout as sleep } from 'node:timers/promises'
import type { Committable, OperatorMetrics, SinkContext, SinkWriter } from '@millrace/core/connector'
import { BatchSender, type EntryFailure } from '../calls/batch-sender.ts'
import { MillraceConnectorError } from '../errors.ts'
import { invalidOption } from '../option-checks.ts'
import { DeliveryFault, type Notice } from './notice.ts'
import type { ParsedNotices } from './notice-options.ts'

export interface NoticeParts<T> {
  readonly options: ParsedNotices<T>
  /** For errors: `sink 'page'`. */
  readonly what: string
  textOf(record: T): Pick<Notice, 'subject' | 'body'>
  /** One try. @throws DeliveryFault */
  deliver(notice: Notice, signal: AbortSignal): Promise<void>
  close(): void | Promise<void>
}

/** In a checkpoint. `version` is that of this shape. */
interface WriterState {
  readonly version: 1
  readonly pending: readonly Notice[]
}

/**
 * Delivers notices, at least once and each time with its key: one at a time to a recipient, in order, and to many recipients at once. Of one
 * that is down only its own wait.
 *
 * ```
 *   write ─► pending ─► delivered                    checkpoint: waits a little, and takes up what is still pending
 *               │ ▲
 *               └─┘ tried again; nothing helps: undelivered, counted and told
 * ```
 */
export class NoticeSinkWriter<T> implements SinkWriter<T> {
  readonly #parts: NoticeParts<T>
  readonly #metrics: OperatorMetrics | undefined
  readonly #isBounded: boolean
  readonly #signal: AbortSignal
  readonly #sender: BatchSender<Notice>
  readonly #pending = new Set<Notice>()

  constructor(parts: NoticeParts<T>, { signal, metrics, bounded = true }: SinkContext) {
    const { options, what } = parts
    this.#parts = parts
    this.#metrics = metrics
    this.#isBounded = bounded
    this.#signal = signal
    this.#sender = new BatchSender<Notice>(
      {
        ...{ maxCount: 1, maxBytes: Number.MAX_SAFE_INTEGER, maxInFlight: options.inFlight, lingerMs: 0 },
        ...{ maxBufferedBytes: options.maxBufferedBytes, retryForMs: options.retryForMs },
        refusedGiveWay: true,
      },
      {
        keyOf: ({ recipientId }) => recipientId,
        send: async (notices) => [await this.#try(notices[0] as Notice)],
        failureOf: (error) => failureOf(what, error),
        onRetry: () => metrics?.counter('retries').add(1),
        onRefused: (notice, failure) => this.#refused(notice, failure),
      },
    )
  }

  /** What a dead process had still to deliver comes first. */
  recover(_: readonly Committable[], state: unknown): void {
    for (const notice of (state as WriterState | undefined)?.pending ?? []) this.#add(notice)
    void this.#sender.room()
  }

  write(values: readonly T[]): void | Promise<void> {
    for (const value of values) this.#addAll(value)
    this.#measure()
    return this.#sender.room()
  }

  async prepareCommit(): Promise<undefined> {
    const { retryForMs, checkpointWaitMs, requestTimeoutMs } = this.#parts.options
    // Where the job ends by itself nobody goes on with what is left.
    const waitMs = this.#isBounded ? retryForMs + requestTimeoutMs : checkpointWaitMs
    const waited = new AbortController()
    const signal = AbortSignal.any([waited.signal, this.#signal])
    const flushed = this.#sender.flush()
    // What fails after we have gone on fails the next call.
    flushed.catch(() => undefined)
    try {
      await Promise.race([flushed, sleep(waitMs, undefined, { signal }).catch(() => undefined)])
    } finally {
      waited.abort()
    }
    this.#measure()
    return undefined
  }

  snapshotState(): WriterState {
    return { version: 1, pending: [...this.#pending] }
  }

  async close(): Promise<void> {
    this.#sender.close()
    await this.#parts.close()
  }

  #addAll(record: T): void {
    const { options, textOf } = this.#parts
    let told: Pick<Notice, 'key' | 'subject' | 'body'> | undefined
    for (const { id, address, status } of options.recipients(record)) {
      if (status !== 'confirmed') {
        this.#metrics?.counter('withheld').add(1)
        continue
      }
      told ??= { key: checkedKey(options.key(record)), ...textOf(record) }
      this.#add({ ...told, recipientId: id, address })
    }
  }

  #add(notice: Notice): void {
    this.#pending.add(notice)
    this.#sender.add(notice, notice.body.length + notice.address.length)
  }

  async #try(notice: Notice): Promise<EntryFailure | undefined> {
    const { deliver, what, options } = this.#parts
    const begun = performance.now()
    try {
      await deliver(notice, AbortSignal.any([this.#signal, AbortSignal.timeout(options.requestTimeoutMs)]))
    } catch (error) {
      // Of one recipient: it holds up no other's.
      return failureOf(what, error)
    } finally {
      this.#metrics?.histogram('requestMs').record(performance.now() - begun)
    }
    this.#pending.delete(notice)
    this.#metrics?.counter('delivered').add(1)
    return undefined
  }

  #refused(notice: Notice, { error }: EntryFailure): boolean {
    const { whenUndelivered, onUndelivered } = this.#parts.options
    if (whenUndelivered === 'fail') return false
    this.#pending.delete(notice)
    this.#metrics?.counter('undelivered').add(1)
    onUndelivered?.({ key: notice.key, recipientId: notice.recipientId, error })
    return true
  }

  #measure(): void {
    this.#metrics?.gauge('bufferedBytes').set(this.#sender.bufferedBytes)
    this.#metrics?.gauge('bufferedRecords').set(this.#sender.bufferedEntries)
  }
}

function failureOf(what: string, error: unknown): EntryFailure {
  const isFault = error instanceof DeliveryFault
  const fault = isFault ? error : new DeliveryFault('it had no answer in time, or failed on our side', true)
  const told = new MillraceConnectorError('NOTICE_UNDELIVERED', `a notice of ${what}: ${fault.message}`, {
    cause: fault,
  })
  return { retryable: fault.retryable, error: told }
}

/** What a function gave may be data: it is not shown. */
function checkedKey(key: unknown): string {
  if (typeof key === 'string' && /^[!-~]{1,200}$/.test(key)) return key
  throw invalidOption('key', 'gave what is not 1 to 200 ASCII characters without a space')
}
