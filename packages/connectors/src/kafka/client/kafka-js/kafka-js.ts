import { Brokers } from '../brokers.ts'
import type { KafkaClientFactory, KafkaConnection, KafkaSasl } from '../client-factory.ts'
import { KafkaJsClient } from './kafka-js-client.ts'
import { clusterOf, type KafkaJsInstance, type Library, loadLibrary } from './library.ts'
import { kafkaJsWire } from './link.ts'
import { oauthBearer } from './oauth-bearer.ts'

/**
 * The client `kafkajs` 2.2.4: brokers from 2.4 on, gzip and zstd.
 *
 * @param kafka An instance of yours, whose TLS, SASL, client id, time-outs and logger are used instead of ours; ours logs nothing.
 * @throws CONNECTOR_PEER_MISSING where the library is not installed; when the job starts.
 */
export function kafkaJs(kafka?: KafkaJsInstance): KafkaClientFactory {
  return {
    name: 'kafkajs',
    async create(connection) {
      const library = loadLibrary()
      const cluster = clusterOf(kafka ?? new library.Kafka(configOf(library, connection)))
      return new KafkaJsClient(library, new Brokers(kafkaJsWire(library, cluster), connection))
    },
  }
}

function configOf(library: Library, connection: KafkaConnection): object {
  const { brokers, clientId, tls, sasl } = connection
  return {
    brokers,
    clientId,
    connectionTimeout: connection.connectTimeoutMs,
    requestTimeout: connection.requestTimeoutMs,
    enforceRequestTimeout: true,
    logLevel: library.silent,
    logCreator: () => () => {},
    ...(tls === false ? {} : { ssl: tls }),
    ...(sasl === undefined ? {} : { sasl: saslConfig(sasl) }),
  }
}

function saslConfig(sasl: KafkaSasl): object {
  return sasl.mechanism === 'oauthbearer' ? oauthBearer(sasl.token) : { ...sasl }
}
