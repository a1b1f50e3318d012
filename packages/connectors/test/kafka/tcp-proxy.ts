import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Read ahead of a slow or stalled other side: no more than this in each direction of a connection. */
const MAX_HELD_BYTES = 1_024 * 1_024

/** A way to a server on 127.0.0.1 that can be made bad: cut, refused, slow, silent. */
export class TcpProxy {
  readonly #targetPort: number
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #server: Server
  #port = 0
  #accepted = 0
  #delayMs = 0
  #isStalled = false
  #resumed = Promise.withResolvers<void>()

  private constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#server = this.#makeServer()
  }

  /** A proxy before `targetPort` that lets everything pass; on `port`, or on any that is free. */
  static async listen(targetPort: number, port: number = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort)
    await proxy.#listen(port)
    return proxy
  }

  get port(): number {
    return this.#port
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** How many connections are open now. */
  get connections(): number {
    return this.#pairs.size
  }

  /** How many connections have been accepted so far. */
  get accepted(): number {
    return this.#accepted
  }

  /** Breaks every connection there is, at once, with a reset; new ones are accepted. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy()
      server.destroy()
    }
    this.#pairs.clear()
  }

  /** Refuses new connections, as a port does that nobody listens on; those there are stay. */
  refuse(): void {
    this.#server.close()
  }

  /** Holds every chunk from now on for so long, in both directions; those after it do not wait for it twice. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  /** Accepts and says nothing: what either side sends is held until `pass()`, on old connections and new. */
  stall(): void {
    this.#isStalled = true
  }

  /** Lets everything pass again, also what was held. */
  async pass(): Promise<void> {
    this.#delayMs = 0
    this.#isStalled = false
    this.#resumed.resolve()
    this.#resumed = Promise.withResolvers()
    if (this.#server.listening) return
    this.#server = this.#makeServer()
    await this.#listen(this.#port)
  }

  /** Ends the proxy and its connections. */
  close(): void {
    this.refuse()
    this.cut()
  }

  #makeServer(): Server {
    return createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    this.#port = typeof address === 'object' && address !== null ? address.port : port
  }

  #accept(client: Socket): void {
    this.#accepted += 1
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true })
    const pair = [client, server] as const
    this.#pairs.add(pair)
    for (const socket of pair) {
      socket.setNoDelay(true)
      // A fault on one side is one on the other.
      socket.on('error', () => undefined)
      socket.on('close', (hadError) => {
        const other = socket === client ? server : client
        // One that has ended well leaves the other to send what it still holds.
        if (hadError || !socket.readableEnded) other.destroy()
        if (other.closed) this.#pairs.delete(pair)
      })
    }
    this.#forward(client, server)
    this.#forward(server, client)
  }

  #forward(from: Socket, to: Socket): void {
    let held = 0
    let last = Promise.resolve()
    from.on('data', (chunk) => {
      const due = performance.now() + this.#delayMs
      held += chunk.length
      if (held > MAX_HELD_BYTES) from.pause()
      last = last.then(async () => {
        await this.#mayPass(due)
        if (!to.destroyed && !to.write(chunk)) await drained(to)
        held -= chunk.length
        if (held <= MAX_HELD_BYTES) from.resume()
      })
    })
    from.on('end', () => {
      void last.then(() => to.end())
    })
  }

  async #mayPass(due: number): Promise<void> {
    const early = due - performance.now()
    if (early > 0) await sleep(early)
    while (this.#isStalled) await this.#resumed.promise
  }
}

/** Resolves when more can be written, or nothing any more. */
function drained(socket: Socket): Promise<unknown> {
  return Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined)
}
