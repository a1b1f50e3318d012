import type { Connection, ConnectionOptions } from '@platformatic/kafka'
import { KafkaFault } from '../kafka-fault.ts'
import { toFault } from './faults.ts'
import type { Library } from './library.ts'
import type { BrokerVersions } from './requests.ts'

/** One connection and what the broker at its other end can do. */
export interface Link {
  readonly connection: Connection
  readonly versions: BrokerVersions
  /** False until it has answered something that it answers only to those whom it knows. */
  isProven: boolean
}

export interface LinkSettings {
  readonly clientId: string
  readonly connectTimeoutMs: number
  readonly options: ConnectionOptions
}

/**
 * A broker works on one request of a connection at a time, and a fetch may wait long: it has a connection of its own.
 */
export type Lane = 'fetch' | 'other'

/** The connections of a client, by address and lane: made when first asked for, forgotten when broken. */
export class Links {
  readonly #library: Library
  readonly #settings: LinkSettings
  readonly #links = new Map<string, Promise<Link>>()
  readonly #connections = new Set<Connection>()
  #isClosed = false

  constructor(library: Library, settings: LinkSettings) {
    this.#library = library
    this.#settings = settings
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  has(address: string): boolean {
    return this.#links.has(linkKey(address, 'other'))
  }

  async get(address: string, lane: Lane): Promise<Link> {
    if (this.#isClosed) throw new KafkaFault('CLOSED', 'the client was closed')
    const key = linkKey(address, lane)
    const existing = this.#links.get(key)
    if (existing !== undefined) {
      const link = await existing
      if (link.connection.isConnected()) return link
      if (this.#links.get(key) === existing) this.#links.delete(key)
      return this.get(address, lane)
    }
    const opening = this.#open(address)
    this.#links.set(key, opening)
    opening.catch(() => {
      if (this.#links.get(key) === opening) this.#links.delete(key)
    })
    return opening
  }

  /** Of a connection that failed: nothing more will come by it. */
  drop(link: Link): void {
    this.#connections.delete(link.connection)
    link.connection.close().catch(() => {})
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled([...this.#connections].map((connection) => connection.close()))
  }

  async #open(address: string): Promise<Link> {
    const { clientId, options, connectTimeoutMs } = this.#settings
    const connection = new this.#library.Connection(clientId, options)
    // Who waits for an answer is told by it; an error that no one listens for ends the process.
    connection.on('error', () => {})
    this.#connections.add(connection)
    const limit = new Limit(connectTimeoutMs)
    try {
      const { host, port } = parseAddress(address)
      await limit.within(connection.connect(host, port) ?? Promise.resolve())
      const request = this.#library.apiVersionsV3.api.async(connection, 'millrace', '1')
      const { apiKeys } = await limit.within(request)
      return { connection, versions: new Map(apiKeys.map((api) => [api.apiKey, api])), isProven: false }
    } catch (error) {
      this.#connections.delete(connection)
      connection.close().catch(() => {})
      if (this.#isClosed) throw new KafkaFault('CLOSED', 'the client was closed')
      throw toFault(error, `no connection to ${address}`, 'UNREACHABLE')
    } finally {
      limit.end()
    }
  }
}

function linkKey(address: string, lane: Lane): string {
  return `${lane} ${address}`
}

function parseAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) }
}

/** Time for several steps together. */
class Limit {
  readonly #passed: Promise<never>
  readonly #timer: NodeJS.Timeout

  constructor(ms: number) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.#passed = promise
    this.#passed.catch(() => {})
    this.#timer = setTimeout(() => reject(new KafkaFault('UNREACHABLE', `no answer within ${ms} ms`)), ms)
  }

  within<T>(step: Promise<T>): Promise<T> {
    return Promise.race([step, this.#passed])
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
