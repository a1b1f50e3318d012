import { KafkaFault } from '../kafka-fault.ts'
import type { Link, Wire } from '../links.ts'
import { toFault } from './faults.ts'
import type { Broker, Cluster, Connection, Encoder, Library, Protocol, RequestQueue } from './library.ts'

/** Our own way to write a request or to read its answer. */
export interface Ours<R> {
  /** Of a request that the library has not. */
  readonly apiKey?: number
  /** Where it is not the library's newest. */
  readonly version?: number
  readonly encode?: () => Encoder
  readonly decode?: (payload: Buffer) => R
}

/** Of a request that is ours alone. */
const none = (): never => {
  throw new KafkaFault('UNSUPPORTED', 'kafkajs has no such request')
}
const NONE: Protocol['response'] = { decode: none, parse: none }

export class KafkaJsLink implements Link {
  readonly #library: Library
  readonly #broker: Broker
  readonly #connection: Connection

  constructor(library: Library, broker: Broker, connection: Connection) {
    this.#library = library
    this.#broker = broker
    this.#connection = connection
  }

  isConnected(): boolean {
    return this.#connection.isConnected()
  }

  /**
   * Sends the request that the library calls `name`.
   *
   * Of its two steps for an answer only the first is taken: the second throws at the first error of a partition, and what
   * the others have is lost.
   */
  async send<R>(name: string, options: object, ours: Ours<R> = {}): Promise<R> {
    const { encode, decode } = ours
    const { request, response } = this.#protocol(name, options, ours)
    const answer = await this.#connection.send({
      request: encode === undefined ? request : { ...request, encode: async () => encode() },
      response: {
        decode: decode === undefined ? response.decode : async (payload) => decode(payload),
        parse: async (decoded) => decoded,
      },
      logResponseError: false,
    })
    return answer as R
  }

  /** The library's newest versions are years old: brokers from 2.4 on have them, until one drops some. */
  #protocol(name: string, options: object, { apiKey, version }: Ours<unknown>): Protocol {
    const definitions = this.#library.requests[name]
    const newest = Math.max(...(definitions?.versions ?? []).map(Number))
    const apiVersion = version ?? newest
    const range = this.#broker.versions[apiKey ?? this.#library.apiKeys[name] ?? -1]
    if (range === undefined || apiVersion < range.minVersion || apiVersion > range.maxVersion) {
      throw new KafkaFault('UNSUPPORTED', `${name}: the broker lacks the version that kafkajs has; use platformatic()`)
    }
    if (apiKey !== undefined) return { request: { apiKey, apiName: name, apiVersion, encode: none }, response: NONE }
    if (definitions === undefined) throw new KafkaFault('UNSUPPORTED', `${name}: kafkajs has no such request`)
    const { request, response } = definitions.protocol({ version: newest })(options)
    return { request: { ...request, apiVersion }, response }
  }

  async close(): Promise<void> {
    closeConnection(this.#connection)
  }
}

/** Before it disconnects the library waits for answers, in which nobody here is interested any more. */
function closeConnection(connection: Connection): void {
  try {
    connection.rejectRequests(new KafkaFault('CONNECTION_LOST', 'the connection was given up'))
  } catch {
    // A request that was being answered takes no second answer.
  }
  connection.disconnect().catch(() => {})
  connection.socket?.destroy()
}

/**
 * Of a connection of ours: once it has had an answer, the library looks each ms whether a request waits for the broker's
 * throttling to end, also when none does, by time-outs below zero, of which Node warns. Now it looks when one waits.
 */
function quieten(queue: RequestQueue | undefined): void {
  if (queue === undefined) return
  const schedule = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule.call(queue)
  }
}

/** The library's connections: TCP or TLS, and SASL. */
export function kafkaJsWire(library: Library, cluster: Cluster): Wire<KafkaJsLink> {
  return {
    toFault,
    async open(address, signal) {
      const connectionPool = await cluster.connectionPoolBuilder.build({ ...address })
      // The second is for fetches: they have a pool of their own here.
      const [connection] = connectionPool.pool
      if (connection === undefined) throw new KafkaFault('UNSUPPORTED', 'kafkajs made no connection')
      const broker = cluster.brokerPool.createBroker({ connectionPool, logger: cluster.rootLogger })
      quieten(connection.requestQueue)
      const close = () => closeConnection(connection)
      signal.addEventListener('abort', close, { once: true })
      try {
        await broker.connect()
        return new KafkaJsLink(library, broker, connection)
      } catch (error) {
        close()
        throw error
      } finally {
        signal.removeEventListener('abort', close)
      }
    },
  }
}
