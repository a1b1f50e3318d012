import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Version {
  readonly subject: string
  readonly version: number
  readonly id: number
  readonly schema: string
  readonly schemaType?: string
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[]
}

/** Answers one request in the registry's place, where it returns true. */
export type Interception = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * As much of Confluent's schema registry as a client of ours asks for, by its API reference: ids are those of a schema's
 * text, in all subjects the same; a subject with the same text again gives the same version.
 */
export class SchemaRegistryServer {
  readonly versions: Version[] = []
  /** `GET /schemas/ids/1`, in the order of their arrival. */
  readonly requests: string[] = []
  readonly headers: IncomingMessage['headers'][] = []
  intercept: Interception = () => false
  /** Whether a version may follow the others of its subject. */
  isCompatible: (schema: string) => boolean = () => true
  readonly #server = createServer((request, response) => void this.#serve(request, response))

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Registers beside the interface; returns the id. */
  add(subject: string, schema: unknown, rest: Pick<Version, 'schemaType' | 'references'> = {}): number {
    const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
    const same = this.versions.find((version) => version.schema === text)
    const id = same?.id ?? new Set(this.versions.map((version) => version.id)).size + 1
    const before = this.versions.filter((version) => version.subject === subject)
    if (before.every((version) => version.id !== id)) {
      this.versions.push({ subject, version: before.length + 1, id, schema: text, ...rest })
    }
    return id
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`${request.method} ${request.url}`)
    this.headers.push(request.headers)
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk as string
    if (this.intercept(request, response)) return
    const [status, body] = this.#answer(request, text)
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(body))
  }

  #answer(request: IncomingMessage, text: string): readonly [number, object] {
    const path = (request.url ?? '').split('/').slice(1).map(decodeURIComponent)
    if (request.method === 'GET' && path[0] === 'schemas' && path[1] === 'ids') return this.#schema(Number(path[2]))
    if (path[0] !== 'subjects' || path[1] === undefined)
      return [404, { error_code: 404, message: 'HTTP 404 Not Found' }]
    if (request.method === 'GET') return this.#version(path[1], Number(path[3]))
    const { schema } = JSON.parse(text) as { schema: string }
    return path[2] === 'versions' ? this.#register(path[1], schema) : this.#lookUp(path[1], schema)
  }

  #schema(id: number): readonly [number, object] {
    const found = this.versions.find((version) => version.id === id)
    if (found === undefined) return [404, { error_code: 40403, message: `Schema ${id} not found` }]
    const { schema, schemaType, references } = found
    return [200, { schema, schemaType, references }]
  }

  #version(subject: string, number: number): readonly [number, object] {
    const versions = this.versions.filter((version) => version.subject === subject)
    if (versions.length === 0) return [404, { error_code: 40401, message: `Subject '${subject}' not found.` }]
    const found = versions.find((version) => version.version === number)
    return found === undefined ? [404, { error_code: 40402, message: `Version ${number} not found.` }] : [200, found]
  }

  #register(subject: string, schema: string): readonly [number, object] {
    try {
      JSON.parse(schema)
    } catch {
      return [422, { error_code: 42201, message: 'Invalid schema' }]
    }
    if (!this.isCompatible(schema)) {
      return [409, { error_code: 409, message: 'Schema being registered is incompatible with an earlier schema' }]
    }
    return [200, { id: this.add(subject, schema) }]
  }

  #lookUp(subject: string, schema: string): readonly [number, object] {
    const versions = this.versions.filter((version) => version.subject === subject)
    if (versions.length === 0) return [404, { error_code: 40401, message: `Subject '${subject}' not found.` }]
    const found = versions.find((version) => version.schema === schema)
    return found === undefined ? [404, { error_code: 40403, message: 'Schema not found' }] : [200, found]
  }
}
