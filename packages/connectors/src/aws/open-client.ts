import { MillraceConnectorError } from '../errors.ts'
import type { ParsedAwsConnection } from './aws-options.ts'

export interface ClientParts<Library, Client, Config> {
  /** The optional peer, for the error: `@aws-sdk/client-sns`. */
  readonly package: string
  load(): Promise<Library>
  make(library: Library, config: Config): Client
  readonly connection: ParsedAwsConnection<Client, Config>
}

export interface OpenClient<Library, Client> {
  readonly library: Library
  readonly client: Client
  /** Ends the connections of a client that was made here; one of the user's stays. */
  close(): void
}

/** Loads a service's library, and makes its client unless the user has one. Connects nowhere yet. @throws CONNECTOR_PEER_MISSING */
export async function openClient<Library, Client extends { destroy(): void }, Config extends object>(
  parts: ClientParts<Library, Client, Config>,
): Promise<OpenClient<Library, Client>> {
  const { client: given, config } = parts.connection
  const library = await loaded(parts)
  if (given !== undefined) return { library, client: given, close: () => undefined }
  const client = parts.make(library, { maxAttempts: 1, ...config } as unknown as Config)
  return { library, client, close: () => client.destroy() }
}

async function loaded<Library>(parts: { readonly package: string; load(): Promise<Library> }): Promise<Library> {
  try {
    return await parts.load()
  } catch (cause) {
    throw new MillraceConnectorError('CONNECTOR_PEER_MISSING', `this needs '${parts.package}'`, { cause })
  }
}
