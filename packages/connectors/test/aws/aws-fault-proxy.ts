import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { type AwsOperation, operationOf } from './operation-of.ts'

/** What the peer has said, whole. */
export interface PeerAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A call that a fault has in hand. */
export interface FaultyCall {
  readonly operation: AwsOperation
  readonly body: Buffer
  /** Has the peer do it, with this body in place of the call's where there is one. */
  forward(body?: Buffer | string): Promise<PeerAnswer>
  answer(answer: PeerAnswer): void
  /** Breaks the connection: no answer comes. */
  cut(): void
}

/** What happens to a call in place of being passed on: see `faults.ts`. */
export type AwsFaultAction = (call: FaultyCall) => Promise<void> | void

interface Planned {
  readonly action: AwsFaultAction
  after: number
  times: number
}

/**
 * A way to a service of AWS that can be made bad, operation by operation: what the service would do to us on a bad day, and a peer never
 * does. Everything that no fault is planned for passes unchanged.
 */
export class AwsFaultProxy {
  readonly #target: URL
  readonly #server: Server
  readonly #agent = new Agent({ keepAlive: true })
  readonly #planned = new Map<string, Planned[]>()
  readonly #calls = new Map<string, number>()
  readonly #waiting = new Set<{ operation: string; calls: number; resolve(): void }>()
  #port = 0

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((incoming, outgoing) => {
      this.#handle(incoming, outgoing).catch(() => outgoing.socket?.destroy())
    })
  }

  /** Before `endpoint`, on a free port of 127.0.0.1. */
  static async listen(endpoint: string): Promise<AwsFaultProxy> {
    const proxy = new AwsFaultProxy(endpoint)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    const address = proxy.#server.address()
    proxy.#port = typeof address === 'object' && address !== null ? address.port : 0
    return proxy
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** The next `times` calls of an operation (all: Infinity), but for the first `after`. Plans of one operation follow each other. */
  plan(
    operation: string,
    action: AwsFaultAction,
    { times = 1, after = 0 }: { readonly times?: number; readonly after?: number } = {},
  ): void {
    const planned = this.#planned.get(operation) ?? []
    planned.push({ action, after, times })
    this.#planned.set(operation, planned)
  }

  /** Everything passes from now on. */
  heal(): void {
    this.#planned.clear()
  }

  /** How many calls of an operation have come. */
  calls(operation: string): number {
    return this.#calls.get(operation) ?? 0
  }

  /** Resolves when so many calls of an operation have come since the beginning. */
  called(operation: string, calls: number): Promise<void> {
    if (this.calls(operation) >= calls) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.add({ operation, calls, resolve }))
  }

  /** Breaks every connection there is. */
  cut(): void {
    this.#server.closeAllConnections()
  }

  close(): void {
    this.#server.close()
    this.cut()
    this.#agent.destroy()
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const operation = operationOf(incoming.method ?? 'GET', incoming.url ?? '/', incoming.headers, body)
    const action = this.#next(operation.name)
    this.#count(operation.name)
    if (action === undefined) return this.#pass(incoming, body, outgoing)
    await action({
      operation,
      body,
      forward: async (changed = body) => whole(await this.#send(incoming, Buffer.from(changed))),
      answer: ({ status, headers, body: said }) => {
        const { 'transfer-encoding': _, ...kept } = headers
        outgoing.writeHead(status, { ...kept, 'content-length': said.length })
        outgoing.end(said)
      },
      cut: () => void outgoing.socket?.destroy(),
    })
  }

  #next(operation: string): AwsFaultAction | undefined {
    const planned = this.#planned.get(operation)?.find(({ times }) => times > 0)
    if (planned === undefined) return undefined
    if (planned.after > 0) {
      planned.after -= 1
      return undefined
    }
    planned.times -= 1
    return planned.action
  }

  #count(operation: string): void {
    const calls = this.calls(operation) + 1
    this.#calls.set(operation, calls)
    for (const waiter of this.#waiting) {
      if (waiter.operation !== operation || calls < waiter.calls) continue
      this.#waiting.delete(waiter)
      waiter.resolve()
    }
  }

  /** As it comes: an answer may have no end. */
  async #pass(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): Promise<void> {
    const answer = await this.#send(incoming, body)
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.on('error', () => outgoing.socket?.destroy())
    outgoing.on('close', () => answer.destroy())
    answer.pipe(outgoing)
  }

  #send({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { 'transfer-encoding': _, expect: __, ...kept } = headers
      const sent = request(
        {
          agent: this.#agent,
          host: this.#target.hostname,
          port: this.#target.port,
          method,
          path: url,
          headers: { ...kept, 'content-length': body.length },
        },
        resolve,
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

async function whole(answer: IncomingMessage): Promise<PeerAnswer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) }
}
