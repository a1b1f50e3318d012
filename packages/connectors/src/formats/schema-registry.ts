import { type Retrying, retrying } from '../calls/retrying.ts'
import { MillraceConnectorError } from '../errors.ts'
import { authorization, type ParsedRegistryOptions } from './schema-registry-options.ts'

/** A schema as the registry holds it. */
export interface RegisteredSchema {
  readonly schema: string
  /** `AVRO`, `JSON`, `PROTOBUF`. */
  readonly schemaType: string
  readonly references: readonly SchemaReference[]
}

/** A schema of another subject that defines a name which this one uses. */
export interface SchemaReference {
  readonly subject: string
  readonly version: number
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'

/**
 * Asks a schema registry that has Confluent's interface, with time-outs and retries. Keeps nothing.
 *
 * @throws (each request) FORMAT_REGISTRY_UNREACHABLE where there is no answer, after the tries that the options allow;
 *   FORMAT_REGISTRY_REFUSED where the answer is that of no registry, or asks for other credentials.
 */
export class SchemaRegistry {
  readonly #options: ParsedRegistryOptions
  readonly #signal: AbortSignal
  readonly #retry: Retrying

  constructor(options: ParsedRegistryOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
    const behaviour = { what: `the schema registry at ${options.url}`, isRetryable: () => true }
    this.#retry = retrying(behaviour, signal, options.retry)
  }

  /** `undefined` where the registry knows no schema of this id. */
  async schemaById(id: number): Promise<RegisteredSchema | undefined> {
    const path = `/schemas/ids/${id}`
    const answer = await this.#ask('GET', path)
    if (hasCode(answer, 40403)) return undefined
    return this.#schemaOf(answer, path)
  }

  /** `undefined` where the registry knows no such version. */
  async schemaByVersion({ subject, version }: SchemaReference): Promise<RegisteredSchema | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
    const answer = await this.#ask('GET', path)
    if (hasCode(answer, 40401, 40402, 40403)) return undefined
    return this.#schemaOf(answer, path)
  }

  /**
   * The id of a schema, which is made a version of the subject where it is none.
   *
   * @throws FORMAT_SCHEMA_REFUSED where it is not compatible with the versions before.
   */
  async register(subject: string, schema: string): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`
    const answer = await this.#ask('POST', path, { schema })
    if (answer.status === 409 || answer.status === 422) throw schemaRefused(subject, answer)
    return this.#idOf(answer, path)
  }

  /**
   * The id of a schema that is a version of the subject.
   *
   * @throws FORMAT_SCHEMA_REFUSED where it is none.
   */
  async lookUp(subject: string, schema: string): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}`
    const answer = await this.#ask('POST', path, { schema })
    if (hasCode(answer, 40401, 40403) || answer.status === 422) throw schemaRefused(subject, answer)
    return this.#idOf(answer, path)
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    try {
      return await this.#retry((signal) => this.#askOnce(method, path, body, signal))
    } catch (cause) {
      this.#signal.throwIfAborted()
      if (cause instanceof MillraceConnectorError && !cause.retryable) throw cause
      const what = `the schema registry at ${this.#options.url} gave no answer to ${method} ${path}`
      throw new MillraceConnectorError('FORMAT_REGISTRY_UNREACHABLE', what, { cause })
    }
  }

  async #askOnce(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<Answer> {
    const { url, auth, headers, fetch } = this.#options
    const response = await fetch(url + path, {
      method,
      signal,
      headers: {
        ...headers,
        ...(auth === undefined ? {} : { authorization: await authorization(auth) }),
        accept: `${MEDIA_TYPE}, application/json`,
        ...(body === undefined ? {} : { 'content-type': MEDIA_TYPE }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const { status } = response
    const text = await response.text()
    if (status === 408 || status === 429 || status >= 500) throw new Error(`HTTP status ${status}`)
    return { status, body: objectOf(text) }
  }

  #schemaOf(answer: Answer, path: string): RegisteredSchema {
    const { schema, schemaType = 'AVRO', references = [] } = answer.body
    if (answer.status !== 200 || typeof schema !== 'string' || typeof schemaType !== 'string') {
      throw this.#refused(answer, path)
    }
    if (!Array.isArray(references) || !references.every(isReference)) throw this.#refused(answer, path)
    return { schema, schemaType, references }
  }

  #idOf(answer: Answer, path: string): number {
    const { id } = answer.body
    if (answer.status !== 200 || !Number.isInteger(id)) throw this.#refused(answer, path)
    return id as number
  }

  #refused({ status, body }: Answer, path: string): MillraceConnectorError {
    const code = typeof body.error_code === 'number' ? `, error code ${body.error_code}` : ''
    const what = `the schema registry at ${this.#options.url} answered ${path} with HTTP status ${status}${code}`
    return new MillraceConnectorError('FORMAT_REGISTRY_REFUSED', what)
  }
}

/** Codes of their own tell an answer of the registry from that of a proxy, or of a server at a wrong path. */
function hasCode(answer: Answer, ...codes: readonly number[]): boolean {
  return codes.includes(answer.body.error_code as number)
}

function schemaRefused(subject: string, { status, body }: Answer): MillraceConnectorError {
  const why = typeof body.message === 'string' ? body.message.replaceAll(/\s+/g, ' ').slice(0, 300) : 'no reason given'
  const what = `the schema registry refuses the schema for subject ${subject} (${body.error_code ?? status}: ${why})`
  return new MillraceConnectorError('FORMAT_SCHEMA_REFUSED', what)
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}

function isReference(value: unknown): value is SchemaReference {
  if (typeof value !== 'object' || value === null) return false
  return (
    'subject' in value && typeof value.subject === 'string' && 'version' in value && Number.isInteger(value.version)
  )
}
