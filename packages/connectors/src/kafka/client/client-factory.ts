import type { ConnectionOptions } from 'node:tls'
import type { KafkaClient } from './kafka-client.ts'

/** How to reach a cluster and who we are. TLS and SASL go to the client as they are; nothing of them stands in any error or log. */
export interface KafkaConnection {
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[]
  /** What brokers call us in their logs and quotas. */
  readonly clientId: string
  /** True for TLS with Node's defaults. */
  readonly tls: boolean | ConnectionOptions
  readonly sasl: KafkaSasl | undefined
  readonly connectTimeoutMs: number
  /** After so long without an answer a request fails. */
  readonly requestTimeoutMs: number
}

/** Credentials. A function is asked again for each connection. */
export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: () => string | Promise<string> }

/** Which client library is to be used: `kafkaJs()` or `platformatic()`. Loads it when the job starts. */
export interface KafkaClientFactory {
  readonly name: string
  /** @throws CONNECTOR_PEER_MISSING where the library is not installed. */
  create(connection: KafkaConnection): Promise<KafkaClient>
}
