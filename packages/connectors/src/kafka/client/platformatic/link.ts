import type { Connection, ConnectionOptions } from '@platformatic/kafka'
import type { Address, Link, Wire } from '../links.ts'
import { toFault } from './faults.ts'
import type { Library } from './library.ts'
import type { BrokerVersions } from './requests.ts'

export interface PlatformaticLink extends Link {
  readonly connection: Connection
  readonly versions: BrokerVersions
}

/** The library's connections: TCP or TLS, and SASL. */
export function platformaticWire(
  library: Library,
  clientId: string,
  options: ConnectionOptions,
): Wire<PlatformaticLink> {
  return {
    toFault,
    async open({ host, port }: Address, signal) {
      const connection = new library.Connection(clientId, options)
      // Who waits for an answer is told by it; an error that no one listens for ends the process.
      connection.on('error', () => {})
      const close = () => connection.close().catch(() => {})
      const onAbort = () => void close()
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        await connection.connect(host, port)
        const { apiKeys } = await library.apiVersionsV3.api.async(connection, 'millrace', '1')
        const versions = new Map(apiKeys.map((api) => [api.apiKey, api]))
        return {
          connection,
          versions,
          close,
          isConnected: () => connection.isConnected() || isBusyLoggingIn(connection),
        }
      } catch (error) {
        void close()
        throw error
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    },
  }
}

/** Where the broker asks for it from time to time: meanwhile nothing else may be sent. */
export function isBusyLoggingIn(connection: Connection): boolean {
  return connection.status === 'reauthenticating'
}
