import type { Sink, SinkWriter } from '@millrace/core/connector'

interface Snapshot {
  readonly checkpointId: number
  readonly committables: readonly unknown[]
  readonly state: unknown
  /** Records before it. */
  readonly reached: number
}

/** What is left of a life that ended without being told. */
export interface Zombie {
  readonly writer: SinkWriter<string>
  readonly next: number
}

/** A job of one source (the numbers from 0 on) and one sink, driven step by step as the engine drives it. */
export class SinkJob {
  readonly #sink: Sink<string>
  #writer: SinkWriter<string> | undefined
  #pending: { readonly checkpointId: number; readonly committable: unknown }[] = []
  #checkpointId = 0
  #prepared: Snapshot | undefined
  #durable: Snapshot | undefined
  #next = 0

  constructor(sink: Sink<string>) {
    this.#sink = sink
  }

  /** Records that a durable checkpoint counts on. */
  get reached(): number {
    return this.#durable?.reached ?? 0
  }

  get pending(): readonly unknown[] {
    return this.#pending.map(({ committable }) => committable)
  }

  /** Begins, or goes on from the last durable checkpoint. */
  async start(): Promise<void> {
    const { signal } = new AbortController()
    const writer = await this.#sink.open({ operatorId: 'out', signal, restored: this.#durable !== undefined })
    this.#pending = []
    this.#prepared = undefined
    this.#checkpointId = this.#durable?.checkpointId ?? 0
    this.#next = this.reached
    this.#writer = writer
    const { committables = [], state } = this.#durable ?? {}
    await writer.recover?.(structuredClone(committables), structuredClone(state))
  }

  async write(count: number): Promise<void> {
    const values = Array.from({ length: count }, (_, index) => textOf(this.#next + index))
    this.#next += count
    await this.#writer?.write(
      values,
      values.map(() => 0),
    )
  }

  async prepare(): Promise<void> {
    const checkpointId = ++this.#checkpointId
    const committable = await this.#writer?.prepareCommit?.(checkpointId)
    if (committable !== undefined) this.#pending.push({ checkpointId, committable: structuredClone(committable) })
    this.#prepared = {
      checkpointId,
      committables: this.pending,
      state: structuredClone(this.#writer?.snapshotState?.()),
      reached: this.#next,
    }
  }

  /** The last checkpoint that was prepared gets durable; without it, it has failed. */
  store(): void {
    this.#durable = this.#prepared ?? this.#durable
  }

  async commit(): Promise<void> {
    while (this.#pending[0] !== undefined && this.#pending[0].checkpointId <= (this.#durable?.checkpointId ?? 0)) {
      await this.#writer?.commit?.(structuredClone(this.#pending[0].committable))
      this.#pending.shift()
    }
  }

  async checkpoint(): Promise<void> {
    await this.prepare()
    this.store()
    await this.commit()
  }

  /** Leaves the writer alone. */
  crash(): Zombie | undefined {
    const writer = this.#writer
    this.#writer = undefined
    return writer === undefined ? undefined : { writer, next: this.#next }
  }

  async close(): Promise<void> {
    await this.#writer?.close?.()
    this.#writer = undefined
  }
}

/** The nth record. */
export function textOf(n: number): string {
  return String(n).padStart(5, '0')
}
