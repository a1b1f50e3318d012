import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { ConnectionOptions, SASLOptions } from '@platformatic/kafka'
import { Brokers } from '../brokers.ts'
import type { KafkaClientFactory, KafkaConnection, KafkaSasl } from '../client-factory.ts'
import { loadLibrary } from './library.ts'
import { platformaticWire } from './link.ts'
import { PlatformaticClient } from './platformatic-client.ts'

/** What the library's connections take, as it is; goes before what we would say. Its documentation has the whole of it. */
export interface PlatformaticOptions {
  readonly tls?: TlsOptions
  readonly tlsServerName?: string | boolean
  /** `{ mechanism: 'GSSAPI', authenticate }`, or what it has for the other mechanisms. */
  readonly sasl?: { readonly mechanism: string; readonly [name: string]: unknown }
  readonly [name: string]: unknown
}

/**
 * The client `@platformatic/kafka`: brokers from 2.8 on, all codecs. Its 1.35 does too, for Node before 22.22, with brokers from
 * 3.0 on.
 *
 * @throws CONNECTOR_PEER_MISSING where the library is not installed; when the job starts.
 */
export function platformatic(options: PlatformaticOptions = {}): KafkaClientFactory {
  return {
    name: '@platformatic/kafka',
    async create(connection) {
      const library = await loadLibrary()
      const all = { ...connectionOptions(connection), ...(options as ConnectionOptions) }
      return new PlatformaticClient(
        library,
        new Brokers(platformaticWire(library, connection.clientId, all), connection),
      )
    },
  }
}

function connectionOptions(connection: KafkaConnection): ConnectionOptions {
  const { tls, sasl } = connection
  return {
    connectTimeout: connection.connectTimeoutMs,
    requestTimeout: connection.requestTimeoutMs,
    ...(tls === false ? {} : { tls: tls === true ? {} : tls }),
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl) }),
  }
}

const MECHANISMS = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const

function saslOptions(sasl: KafkaSasl): SASLOptions {
  if (sasl.mechanism === 'oauthbearer') return { mechanism: 'OAUTHBEARER', token: sasl.token }
  return { mechanism: MECHANISMS[sasl.mechanism], username: sasl.username, password: sasl.password }
}
