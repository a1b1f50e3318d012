import type { Duration } from '@millrace/core/connector'
import { durationMs, invalidOption } from '../option-checks.ts'

/** How to reach a service; the same for each of its sources and sinks. */
export interface AwsConnectionOptions<Client, Config> {
  /** A client of yours: used as it is, with its own retries before ours, and left open. Not together with `config`. */
  readonly client?: Client
  /**
   * What the client's constructor takes: region, endpoint, credentials, TLS. Default `{}`: region and credentials are those of the
   * environment, as the SDK finds them. Our retries take the place of the SDK's, unless `maxAttempts` is given.
   */
  readonly config?: Config
  /** After so long without an answer a request has failed, and is tried again. Default 30 s. */
  readonly requestTimeout?: Duration
  /** A request that fails for a reason that may pass is tried again, with growing pauses, for so long. Default 1 m. */
  readonly retryFor?: Duration
}

export interface ParsedAwsConnection<Client, Config> {
  readonly client: Client | undefined
  readonly config: Config | undefined
  readonly requestTimeoutMs: number
  readonly retryForMs: number
}

export const AWS_CONNECTION_OPTIONS = ['client', 'config', 'requestTimeout', 'retryFor'] as const

/** Shows nothing of `client` and `config`: they hold secrets. @throws CONNECTOR_OPTION_INVALID */
export function parseAwsConnection<Client, Config>(
  options: AwsConnectionOptions<Client, Config>,
): ParsedAwsConnection<Client, Config> {
  const { client, config } = options
  if (client !== undefined && config !== undefined) throw invalidOption('config', 'is given beside a client')
  if (client !== undefined && !isClient(client)) throw invalidOption('client', 'is no client of the AWS SDK, version 3')
  if (config !== undefined && (typeof config !== 'object' || config === null)) {
    throw invalidOption('config', 'is not what the constructor of a client takes')
  }
  return {
    client,
    config,
    requestTimeoutMs: durationMs('requestTimeout', options.requestTimeout ?? '30s', 1),
    retryForMs: durationMs('retryFor', options.retryFor ?? '1m'),
  }
}

function isClient(client: unknown): boolean {
  return typeof client === 'object' && client !== null && 'send' in client && typeof client.send === 'function'
}
