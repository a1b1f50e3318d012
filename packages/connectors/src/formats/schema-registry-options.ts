import type { RetryOptions } from '../calls/retrying.ts'
import { MillraceConnectorError } from '../errors.ts'

export interface SchemaRegistryOptions {
  /** `https://registry.ward:8081`; a path in it is kept. Without user name and password: these are `auth`. */
  readonly url: string
  /** Sent with each request, and shown nowhere. A function is asked before each request: for tokens that expire. */
  readonly auth?: RegistryAuth
  /** Sent with each request, and shown nowhere. */
  readonly headers?: Readonly<Record<string, string>>
  /** How often and how long the registry is asked before it counts as unreachable. */
  readonly retry?: RetryOptions
  /** For certificates or a proxy of your own. Default the global `fetch`. */
  readonly fetch?: typeof fetch
}

export type RegistryAuth =
  | { readonly username: string; readonly password: string }
  | { readonly token: string | (() => string | Promise<string>) }

export interface ParsedRegistryOptions {
  /** Without a slash at its end. */
  readonly url: string
  readonly auth: RegistryAuth | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly retry: RetryOptions
  readonly fetch: typeof fetch
}

/**
 * Checks the options, and shows none that may be secret.
 *
 * @throws CONNECTOR_OPTION_INVALID
 */
export function parseRegistryOptions(options: SchemaRegistryOptions): ParsedRegistryOptions {
  const { auth, headers = {} } = options
  const url = parseUrl(options.url)
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderValue(value)) throw invalid(`registry.headers has a value for ${name} that no header can have`)
  }
  if (auth !== undefined && 'token' in auth && typeof auth.token === 'string') checkToken(auth.token)
  if (auth !== undefined && 'username' in auth && auth.username.includes(':')) {
    throw invalid('registry.auth.username has a colon, which no user name can have there')
  }
  return { url, auth, headers, retry: options.retry ?? {}, fetch: options.fetch ?? fetch }
}

/**
 * The header of this name.
 *
 * @throws CONNECTOR_OPTION_INVALID when a token is none. What the caller's function throws.
 */
export async function authorization(auth: RegistryAuth): Promise<string> {
  if ('username' in auth) return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`
  const token = typeof auth.token === 'string' ? auth.token : await auth.token()
  checkToken(token)
  return `Bearer ${token}`
}

function parseUrl(text: string): string {
  const url = URL.parse(text)
  // The text may hold a password: it is not shown.
  if (url === null) throw invalid('registry.url is no URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid('registry.url is neither http nor https')
  if (url.username !== '' || url.password !== '') throw invalid('registry.url holds credentials; pass them as auth')
  if (url.search !== '' || url.hash !== '') throw invalid('registry.url has a query or a fragment')
  return url.href.replace(/\/+$/, '')
}

/** fetch would show what it refuses. */
function checkToken(token: string): void {
  if (token === '' || !isHeaderValue(token)) throw invalid('registry.auth.token is empty, or no header can have it')
}

function isHeaderValue(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value)
}

function invalid(what: string): MillraceConnectorError {
  return new MillraceConnectorError('CONNECTOR_OPTION_INVALID', what)
}
