import type { ConnectionOptions } from 'node:tls'
import type { Duration } from '@millrace/core/connector'
import { durationMs, invalidOption, oneOf, text } from '../option-checks.ts'
import type { KafkaClientFactory, KafkaConnection, KafkaSasl } from './client/client-factory.ts'

/** How to reach the cluster; the same for source and sink. */
export interface KafkaConnectionOptions {
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[]
  /** Which client library: `platformatic()` or `kafkaJs()`. Default: whichever is installed, the former where both are. */
  readonly client?: KafkaClientFactory
  /** What brokers call this job in their logs and quotas. Default `millrace`. */
  readonly clientId?: string
  /** True for TLS with Node's defaults; else what `tls.connect` takes. Default false. */
  readonly tls?: boolean | ConnectionOptions
  /** Credentials; they stand in no error and no log. Default: none. */
  readonly sasl?: KafkaSasl
  /** For one connection, with TLS and authentication. Default 10 s. */
  readonly connectTimeout?: Duration
  /** After so long without an answer a request has failed, and is tried again. Default 30 s. */
  readonly requestTimeout?: Duration
  /** A request that fails for a reason that may pass is tried again, with growing pauses, for so long. Default 1 m. */
  readonly retryFor?: Duration
}

export interface ParsedConnection {
  readonly client: KafkaClientFactory | undefined
  readonly connection: KafkaConnection
  readonly retryForMs: number
}

export const CONNECTION_OPTIONS = [
  'brokers',
  'client',
  'clientId',
  'tls',
  'sasl',
  'connectTimeout',
  'requestTimeout',
  'retryFor',
] as const

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const

/** @throws CONNECTOR_OPTION_INVALID */
export function parseConnection(options: KafkaConnectionOptions): ParsedConnection {
  const { brokers, client, clientId = 'millrace', tls = false, sasl } = options
  if (!Array.isArray(brokers) || brokers.length === 0) throw invalidOption('brokers', 'names no broker')
  for (const [index, broker] of brokers.entries()) {
    if (typeof broker === 'string' && /^(\[[0-9a-fA-F:.]+\]|[^\s:/,]+):\d{1,5}$/.test(broker)) continue
    throw invalidOption(`brokers[${index}]`, `is '${String(broker)}', not host:port`)
  }
  if (client !== undefined && typeof client.create !== 'function') {
    throw invalidOption('client', 'is neither platformatic() nor kafkaJs()')
  }
  if (typeof tls !== 'boolean' && (typeof tls !== 'object' || tls === null)) {
    throw invalidOption('tls', 'is neither true, false nor options of TLS')
  }
  return {
    client,
    connection: {
      brokers: [...brokers],
      clientId: text('clientId', clientId),
      tls,
      sasl: sasl === undefined ? undefined : checkedSasl(sasl),
      connectTimeoutMs: durationMs('connectTimeout', options.connectTimeout ?? '10s', 1),
      requestTimeoutMs: durationMs('requestTimeout', options.requestTimeout ?? '30s', 1),
    },
    retryForMs: durationMs('retryFor', options.retryFor ?? '1m'),
  }
}

/** Shows no value but the mechanism. */
function checkedSasl(sasl: KafkaSasl): KafkaSasl {
  if (typeof sasl !== 'object' || sasl === null) throw invalidOption('sasl', 'is no object')
  oneOf('sasl.mechanism', sasl.mechanism, MECHANISMS)
  if (sasl.mechanism === 'oauthbearer') {
    if (typeof sasl.token !== 'function') throw invalidOption('sasl.token', 'is no function that gives a token')
    return sasl
  }
  for (const name of ['username', 'password'] as const) {
    if (typeof sasl[name] !== 'string' || sasl[name] === '') throw invalidOption(`sasl.${name}`, 'is no text')
  }
  return sasl
}
