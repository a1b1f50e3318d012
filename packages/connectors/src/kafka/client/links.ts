import { KafkaFault } from './kafka-fault.ts'

/** A connection to a broker, by whichever library. */
export interface Link {
  isConnected(): boolean
  /** Requests under way fail. Never rejects. */
  close(): Promise<void>
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** What a library does for us below its requests. */
export interface Wire<L extends Link> {
  /** Connects, logs in, and asks what the broker can do. When `signal` is aborted, what was begun is given up. */
  open(address: Address, signal: AbortSignal): Promise<L>
  /** What the library threw, in our vocabulary; `otherwise` where it does not say itself. */
  toFault(error: unknown, what: string, otherwise: 'UNREACHABLE' | 'CONNECTION_LOST'): KafkaFault
}

/** A broker works on one request of a connection at a time, and a fetch may wait long: it has a connection of its own. */
export type Lane = 'fetch' | 'other'

/** The connections of a client, by address and lane: made when first asked for, made again when broken. */
export class Links<L extends Link> {
  readonly #wire: Wire<L>
  readonly #connectTimeoutMs: number
  readonly #links = new Map<string, Promise<L>>()
  readonly #open = new Set<L>()
  readonly #closing = new AbortController()

  constructor(wire: Wire<L>, connectTimeoutMs: number) {
    this.#wire = wire
    this.#connectTimeoutMs = connectTimeoutMs
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  has(address: string): boolean {
    return this.#links.has(keyOf(address, 'other'))
  }

  /** @throws KafkaFault `UNREACHABLE`, `AUTHENTICATION` or `CLOSED`, within the time for connecting. */
  async get(address: string, lane: Lane): Promise<L> {
    const key = keyOf(address, lane)
    const existing = this.#links.get(key)
    const link = await existing
    if (link?.isConnected()) return link
    // Another who found the same broken link may have been faster.
    if (this.#links.get(key) !== existing) return this.get(address, lane)
    if (link !== undefined) this.drop(link)
    const opening = this.#connect(address)
    this.#links.set(key, opening)
    opening.catch(() => this.#links.delete(key))
    return opening
  }

  /** Of a link that failed: nothing more is to come by it. */
  drop(link: L): void {
    this.#open.delete(link)
    void link.close()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([...this.#open].map((link) => link.close()))
  }

  async #connect(address: string): Promise<L> {
    const what = `no connection to ${address}`
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, this.#closing.signal])
    const late = new KafkaFault('UNREACHABLE', `${what}: no answer within ${this.#connectTimeoutMs} ms`)
    const timer = setTimeout(() => stop.abort(late), this.#connectTimeoutMs)
    try {
      signal.throwIfAborted()
      const link = await orAborted(this.#wire.open(parseAddress(address), signal), signal)
      this.#open.add(link)
      return link
    } catch (error) {
      stop.abort(late)
      if (this.isClosed) throw new KafkaFault('CLOSED', 'the client was closed')
      throw this.#wire.toFault(error, what, 'UNREACHABLE')
    } finally {
      clearTimeout(timer)
    }
  }
}

function keyOf(address: string, lane: Lane): string {
  return `${lane} ${address}`
}

function parseAddress(address: string): Address {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) }
}

/** `opening`, or the reason of `signal` as soon as it is aborted; a link that comes too late is closed. */
function orAborted<L extends Link>(opening: Promise<L>, signal: AbortSignal): Promise<L> {
  const { promise, resolve, reject } = Promise.withResolvers<L>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  opening
    .then(
      (link) => {
        if (signal.aborted) void link.close()
        resolve(link)
      },
      (error) => reject(error),
    )
    .finally(() => signal.removeEventListener('abort', onAbort))
  return promise
}
