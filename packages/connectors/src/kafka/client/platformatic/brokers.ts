import type { Connection } from '@platformatic/kafka'
import type { NodeId } from '../kafka-client.ts'
import { KafkaFault } from '../kafka-fault.ts'
import { toFault } from './faults.ts'
import type { Library } from './library.ts'
import type { Link, Links } from './links.ts'
import { chooseRequest, type RequestModule, type RequestName } from './requests.ts'

/** Sends requests to brokers by their id, or to any. */
export class Brokers {
  readonly #library: Library
  readonly #links: Links
  readonly #bootstrap: readonly string[]
  readonly #addresses = new Map<NodeId, string>()

  constructor(library: Library, links: Links, bootstrap: readonly string[]) {
    this.#library = library
    this.#links = links
    this.#bootstrap = bootstrap
  }

  /** Where a broker is, as the cluster says. */
  learn(node: NodeId, host: string, port: number): void {
    this.#addresses.set(node, `${host}:${port}`)
  }

  /**
   * Sends `name` by `send` in the best version. The answer is given even where it speaks of errors.
   *
   * @param node `undefined`: any broker that can be reached.
   */
  async ask<N extends RequestName, R>(
    name: N,
    node: NodeId | undefined,
    send: (request: RequestModule<N>, connection: Connection) => Promise<R>,
  ): Promise<R> {
    const { link, address } = node === undefined ? await this.#linkToAny() : await this.#linkTo(node, name)
    const request = chooseRequest(this.#library, link.versions, name)
    if (request === undefined) {
      throw new KafkaFault('UNSUPPORTED', `${name}: the broker at ${address} has no version of it that we have`)
    }
    try {
      const answer = await send(request, link.connection)
      link.isProven = true
      return answer
    } catch (error) {
      const answer = answerIn<R>(error)
      if (answer !== undefined) {
        link.isProven = true
        return answer
      }
      throw this.#failed(error, name, address, link)
    }
  }

  #failed(error: unknown, name: RequestName, address: string, link: Link): KafkaFault {
    if (this.#links.isClosed) return new KafkaFault('CLOSED', `${name}: the client was closed`)
    const fault = toFault(error, `${name} to ${address}`, 'CONNECTION_LOST')
    // By what was left unread or unanswered no more answers are to be understood.
    if (!(error instanceof KafkaFault)) this.#links.drop(link)
    if (fault.fault !== 'CONNECTION_LOST' || link.isProven) return fault
    const hint = `${fault.message}, at the first request: a broker that asks for SASL closes it so`
    return new KafkaFault(fault.fault, hint, { cause: fault.cause })
  }

  async #linkTo(node: NodeId, name: RequestName): Promise<{ link: Link; address: string }> {
    const address = this.#addresses.get(node)
    if (address === undefined) throw new KafkaFault('BROKER_NOT_AVAILABLE', `${name}: broker ${node} is not known`)
    return { link: await this.#links.get(address, name === 'Fetch' ? 'fetch' : 'other'), address }
  }

  async #linkToAny(): Promise<{ link: Link; address: string }> {
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

/** The library throws an answer in which there is an error; each part of it has its own. */
function answerIn<R>(error: unknown): R | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'PLT_KFK_RESPONSE') return undefined
  return 'response' in error ? (error.response as R) : undefined
}
