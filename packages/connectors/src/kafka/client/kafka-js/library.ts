import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { MillraceConnectorError } from '../../../errors.ts'
import { KafkaFault } from '../kafka-fault.ts'

/** An instance of `Kafka` of `kafkajs`. */
export interface KafkaJsInstance {
  readonly admin: (...options: never[]) => unknown
  readonly producer: (...options: never[]) => unknown
  readonly consumer: (...options: never[]) => unknown
}

/** What we use of `kafkajs` 2.2.4, most of it not its public API: by that no partition can be read without a group. */
export interface Library {
  readonly Kafka: new (config: object) => KafkaJsInstance
  /** The level at which nothing is logged. */
  readonly silent: number
  readonly apiKeys: Readonly<Record<string, number>>
  readonly requests: Readonly<Record<string, Definitions>>
  readonly Encoder: new () => Encoder
  readonly crc32c: (bytes: Buffer) => number
}

/** The versions of a request that the library has. */
export interface Definitions {
  readonly versions: readonly string[]
  protocol(options: { readonly version: number }): (options: object) => Protocol
}

export interface Protocol {
  readonly request: {
    readonly apiKey?: number
    readonly apiName?: string
    readonly apiVersion: number
    readonly encode: () => Promise<Encoder>
  }
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<unknown>
    readonly parse: (decoded: unknown) => Promise<unknown>
  }
}

export interface Encoder {
  writeInt8(value: number): Encoder
  writeInt16(value: number): Encoder
  writeInt32(value: number): Encoder
  writeInt64(value: string): Encoder
  writeBoolean(value: boolean): Encoder
  writeString(value: string | null): Encoder
  writeUVarIntString(value: string | null): Encoder
  writeBytes(value: Buffer): Encoder
  writeArray(values: readonly (string | number | Encoder)[]): Encoder
}

export interface Connection {
  readonly socket?: Socket
  readonly requestQueue?: RequestQueue
  isConnected(): boolean
  disconnect(): Promise<unknown>
  rejectRequests(error: Error): void
  send(protocol: Protocol & { readonly logResponseError: boolean }): Promise<unknown>
}

export interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

export interface Broker {
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>
  connect(): Promise<void>
}

export interface Cluster {
  readonly rootLogger: object
  readonly connectionPoolBuilder: {
    build(to: { host: string; port: number }): Promise<{ readonly pool: readonly Connection[] }>
  }
  readonly brokerPool: { createBroker(options: object): Broker }
}

/**
 * Loads the optional peer.
 *
 * @throws CONNECTOR_PEER_MISSING
 */
export function loadLibrary(load: (id: string) => unknown = createRequire(import.meta.url)): Library {
  let root: { Kafka: Library['Kafka']; logLevel: { NOTHING: number } }
  try {
    root = load('kafkajs') as typeof root
  } catch (cause) {
    throw new MillraceConnectorError('CONNECTOR_PEER_MISSING', "kafkaJs() needs 'kafkajs'", { cause })
  }
  try {
    return {
      Kafka: root.Kafka,
      silent: root.logLevel.NOTHING,
      apiKeys: load('kafkajs/src/protocol/requests/apiKeys') as Library['apiKeys'],
      requests: (load('kafkajs/src/protocol/requests') as Pick<Library, 'requests'>).requests,
      Encoder: load('kafkajs/src/protocol/encoder') as Library['Encoder'],
      crc32c: load('kafkajs/src/protocol/recordBatch/crc32C') as Library['crc32c'],
    }
  } catch (cause) {
    throw otherVersion(cause)
  }
}

/**
 * The part of an instance that knows how to connect and to log in; found by the name of a symbol that it keeps to itself.
 *
 * @throws KafkaFault `UNSUPPORTED` where it is not as in 2.2.4.
 */
export function clusterOf(kafka: KafkaJsInstance): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find((each) => each.description === 'private:Kafka:createCluster')
  const create: unknown = symbol === undefined ? undefined : Reflect.get(kafka, symbol)
  if (typeof create !== 'function') throw otherVersion()
  const cluster: Partial<Cluster> = create({ allowAutoTopicCreation: false })
  if (typeof cluster.connectionPoolBuilder?.build !== 'function') throw otherVersion()
  if (typeof cluster.brokerPool?.createBroker !== 'function') throw otherVersion()
  return cluster as Cluster
}

function otherVersion(cause?: unknown): KafkaFault {
  const message = 'this kafkajs is not as 2.2.4 is; install that version, or use platformatic()'
  return new KafkaFault('UNSUPPORTED', message, { cause })
}
