import type { NodeId } from './kafka-client.ts'
import { KafkaFault } from './kafka-fault.ts'
import { type Link, Links, type Wire } from './links.ts'

/** Sends requests to brokers by their id, or to any, and says in one vocabulary what became of them. */
export class Brokers<L extends Link> {
  readonly #wire: Wire<L>
  readonly #links: Links<L>
  readonly #bootstrap: readonly string[]
  readonly #addresses = new Map<NodeId, string>()
  /** Those that have answered what is answered only to whom the broker knows. */
  readonly #proven = new WeakSet<L>()

  constructor(wire: Wire<L>, connection: { readonly brokers: readonly string[]; readonly connectTimeoutMs: number }) {
    this.#wire = wire
    this.#links = new Links(wire, connection.connectTimeoutMs)
    this.#bootstrap = connection.brokers
  }

  /** Where a broker is, as the cluster says. */
  learn(node: NodeId, host: string, port: number): void {
    this.#addresses.set(node, `${host}:${port}`)
  }

  /**
   * Sends one request, once.
   *
   * @param name For messages; a `Fetch` goes by a connection of its own.
   * @param node `undefined`: any broker that can be reached.
   */
  async ask<R>(name: string, node: NodeId | undefined, send: (link: L) => Promise<R>): Promise<R> {
    const { link, address } = node === undefined ? await this.#linkToAny() : await this.#linkTo(node, name)
    try {
      const answer = await send(link)
      this.#proven.add(link)
      return answer
    } catch (error) {
      throw this.#failed(error, `${name} to ${address}`, link)
    }
  }

  close(): Promise<void> {
    return this.#links.close()
  }

  #failed(error: unknown, what: string, link: L): KafkaFault {
    // What we threw ourselves is about an answer that came whole; after anything else the next answer might be another's.
    if (!(error instanceof KafkaFault)) this.#links.drop(link)
    if (this.#links.isClosed) return new KafkaFault('CLOSED', `${what}: the client was closed`)
    const fault = this.#wire.toFault(error, what, 'CONNECTION_LOST')
    if (fault.fault !== 'CONNECTION_LOST' || this.#proven.has(link)) return fault
    const hint = 'at the first request: so does a broker that asks for SASL'
    return new KafkaFault(fault.fault, `${fault.message}, ${hint}`, { cause: fault.cause })
  }

  async #linkTo(node: NodeId, name: string): Promise<{ link: L; address: string }> {
    const address = this.#addresses.get(node)
    if (address === undefined) throw new KafkaFault('BROKER_NOT_AVAILABLE', `${name}: broker ${node} is not known`)
    return { link: await this.#links.get(address, name === 'Fetch' ? 'fetch' : 'other'), address }
  }

  async #linkToAny(): Promise<{ link: L; address: string }> {
    const known = [...this.#addresses.values()]
    const connected = known.filter((address) => this.#links.has(address))
    let last: unknown
    for (const address of new Set([...connected, ...known, ...this.#bootstrap])) {
      try {
        return { link: await this.#links.get(address, 'other'), address }
      } catch (error) {
        if (!(error instanceof KafkaFault) || error.fault !== 'UNREACHABLE') throw error
        last = error
      }
    }
    throw last
  }
}
