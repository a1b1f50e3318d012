import type { Sink, SinkWriter } from '@millrace/core/connector'

/** A checkpoint, as far as it goes. */
export interface Snapshot {
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

/** From one start to the next. One that is left in the middle of a call goes on with it when it can. */
interface Life {
  writer: SinkWriter<string> | undefined
  readonly pending: { readonly checkpointId: number; readonly committable: unknown }[]
  checkpointId: number
  durableId: number
  prepared: Snapshot | undefined
  next: number
}

/** A job of one source (the numbers from 0 on) and one sink, driven step by step as the engine drives it. */
export class SinkJob {
  readonly #sink: Sink<string>
  #life: Life | undefined
  /** Whose the checkpoints are. */
  #owner: Life | undefined
  #durable: Snapshot | undefined

  constructor(sink: Sink<string>) {
    this.#sink = sink
  }

  get durable(): Snapshot | undefined {
    return this.#durable
  }

  /** The next start goes on from it, as where the files of newer ones were removed. */
  goBackTo(older: Snapshot | undefined): void {
    this.#durable = older
  }

  /** Records that a durable checkpoint counts on. */
  get reached(): number {
    return this.#durable?.reached ?? 0
  }

  get pending(): readonly unknown[] {
    return this.#life?.pending.map(({ committable }) => committable) ?? []
  }

  /** Takes the checkpoints, and begins, or goes on from the last durable one. */
  async start(): Promise<Zombie> {
    const durable = this.#durable
    const { checkpointId = 0, reached = 0, committables = [], state } = durable ?? {}
    const life: Life = {
      writer: undefined,
      pending: [],
      checkpointId,
      durableId: checkpointId,
      prepared: undefined,
      next: reached,
    }
    this.#life = life
    this.#owner = life
    const { signal } = new AbortController()
    const isTaken = async (): Promise<boolean> => this.#owner !== life
    const writer = await this.#sink.open({ operatorId: 'out', signal, restored: durable !== undefined, isTaken })
    life.writer = writer
    await writer.recover?.(structuredClone(committables), structuredClone(state))
    return { writer, next: life.next }
  }

  async write(count: number): Promise<void> {
    const life = this.#life
    if (life === undefined) return
    const values = Array.from({ length: count }, (_, index) => textOf(life.next + index))
    life.next += count
    await life.writer?.write(
      values,
      values.map(() => 0),
    )
  }

  prepare(): Promise<void> {
    return this.#prepare(this.#life)
  }

  /** The last checkpoint that was prepared gets durable; without it, it has failed. */
  store(): void {
    this.#store(this.#life)
  }

  commit(): Promise<void> {
    return this.#commit(this.#life)
  }

  async checkpoint(): Promise<void> {
    const life = this.#life
    await this.#prepare(life)
    this.#store(life)
    await this.#commit(life)
  }

  /** Leaves the writer alone. */
  crash(): Zombie | undefined {
    const life = this.#life
    this.#life = undefined
    return life?.writer === undefined ? undefined : { writer: life.writer, next: life.next }
  }

  async close(): Promise<void> {
    await this.#life?.writer?.close?.()
    this.#life = undefined
  }

  async #prepare(life: Life | undefined): Promise<void> {
    if (life === undefined) return
    const checkpointId = ++life.checkpointId
    const committable = await life.writer?.prepareCommit?.(checkpointId)
    if (committable !== undefined) life.pending.push({ checkpointId, committable: structuredClone(committable) })
    life.prepared = {
      checkpointId,
      committables: life.pending.map((each) => each.committable),
      state: structuredClone(life.writer?.snapshotState?.()),
      reached: life.next,
    }
  }

  #store(life: Life | undefined): void {
    if (life?.prepared === undefined) return
    if (life !== this.#owner) throw new Error('another has the checkpoints')
    this.#durable = life.prepared
    life.durableId = life.prepared.checkpointId
  }

  async #commit(life: Life | undefined): Promise<void> {
    while (life?.pending[0] !== undefined && life.pending[0].checkpointId <= life.durableId) {
      await life.writer?.commit?.(structuredClone(life.pending[0].committable))
      life.pending.shift()
    }
  }
}

/** The nth record. */
export function textOf(n: number): string {
  return String(n).padStart(5, '0')
}
