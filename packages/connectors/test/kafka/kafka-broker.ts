import { readFileSync, rmSync } from 'node:fs'
import type { GuardedProcess } from '../peers/guarded-process.ts'
import { temporaryFolder } from '../peers/temporary-folder.ts'
import { archiveClasses } from './archive-classes.ts'
import { installKafka, type KafkaInstallation } from './install-kafka.ts'
import { type KafkaLayout, type KafkaListener, type KafkaNode, kafkaLayout } from './kafka-layout.ts'
import { isReady, lastLines, launchNode } from './kafka-node.ts'
import { kafkaProperties } from './kafka-properties.ts'
import { TcpProxy } from './tcp-proxy.ts'

const START_LIMIT_MS = 300_000
const START_TRIES = 3

export interface KafkaBrokerOptions {
  /** How many nodes; each is broker and controller. Default 1. */
  readonly nodes?: number
  /** More of `server.properties`, or other values than ours. */
  readonly properties?: Readonly<Record<string, string>>
  /** Java's limit for a node. Default `512m`. */
  readonly heap?: string
  /**
   * Where data, settings and logs are; it stays. A folder that has been used gives the same addresses and data. Default: one in
   * the system's temporary folder, gone after `close()`.
   */
  readonly folder?: string
  /** A listener with log-ins of `kafkaUsers`, and permissions: who is not a super user needs an ACL. */
  readonly sasl?: boolean
  /** A listener with TLS, whose certificate is `certificate`. */
  readonly tls?: boolean
  /** A listener that is reached through `proxies`, also after metadata. */
  readonly proxied?: boolean
  /**
   * How long a node that was killed is missed: its restart waits for that. Default 9,000, as Kafka's; 2,000 is for tests that
   * kill it: on a busy machine a broker may be taken for dead then.
   */
  readonly sessionTimeoutMs?: number
}

interface KafkaWithClasses extends KafkaInstallation {
  readonly classes: string
}

/** A real Kafka of one or more nodes, on 127.0.0.1 alone. It does not outlive this process. */
export class KafkaBroker {
  readonly #kafka: KafkaWithClasses
  readonly #options: KafkaBrokerOptions
  readonly #layout: KafkaLayout
  readonly #listeners: readonly KafkaListener[]
  readonly #processes = new Map<number, GuardedProcess>()
  /** Settings, data and log of each node in a folder of its own. */
  readonly folder: string
  /** Before each node's listener `proxied`; none without that option. */
  readonly proxies: TcpProxy[] = []

  private constructor(kafka: KafkaWithClasses, options: KafkaBrokerOptions, folder: string, layout: KafkaLayout) {
    this.#kafka = kafka
    this.#options = options
    this.folder = folder
    this.#layout = layout
    this.#listeners = [
      ...(['PLAIN', 'CONTROLLER'] as const),
      ...(options.sasl ? (['SASL'] as const) : []),
      ...(options.tls ? (['TLS'] as const) : []),
      ...(options.proxied ? (['PROXIED'] as const) : []),
    ]
  }

  /** Installs Kafka if need be, starts the nodes and waits until all accept connections: 2 to 4 s, 10 on a busy machine. */
  static async start(
    options: KafkaBrokerOptions = {},
    signal: AbortSignal = AbortSignal.timeout(START_LIMIT_MS),
  ): Promise<KafkaBroker> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await KafkaBroker.#startOnce(options, signal)
      } catch (error) {
        // Another process was quicker to take a port that was free.
        const isTaken = /EADDRINUSE|Address already in use/.test(String(error))
        if (!isTaken || tries === START_TRIES || options.folder !== undefined) throw error
      }
    }
  }

  static async #startOnce(options: KafkaBrokerOptions, signal: AbortSignal): Promise<KafkaBroker> {
    const installed = await installKafka(signal)
    const kafka = { ...installed, classes: await archiveClasses(installed, signal) }
    const folder = options.folder ?? temporaryFolder('millrace-kafka')
    const broker = new KafkaBroker(kafka, options, folder, await kafkaLayout(folder, options.nodes ?? 1))
    try {
      for (const { ports } of options.proxied ? broker.#layout.nodes : []) {
        broker.proxies.push(await TcpProxy.listen(ports.PROXIED, ports.PROXY))
      }
      await broker.restart(signal)
    } catch (error) {
      await broker.close()
      throw error
    }
    return broker
  }

  /** Addresses where anyone may do anything. */
  get bootstrap(): string[] {
    return this.#addresses('PLAIN')
  }

  /** Addresses where one logs in: SASL_PLAINTEXT with PLAIN or SCRAM-SHA-256. */
  get saslBootstrap(): string[] {
    return this.#addresses('SASL')
  }

  /** Addresses with TLS. */
  get tlsBootstrap(): string[] {
    return this.#addresses('TLS')
  }

  /** Addresses of `proxies`. */
  get proxiedBootstrap(): string[] {
    return this.proxies.map(({ address }) => address)
  }

  /** What a client has to trust at `tlsBootstrap`, as PEM. */
  get certificate(): string {
    return readFileSync(this.#kafka.certificate, 'utf8')
  }

  /** Ends all nodes, gently, and waits until they are gone. Addresses and data stay for `restart()`. */
  async stop(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.stop()))
  }

  /** Ends all nodes, or the one with this place among `bootstrap`, by SIGKILL, and waits until they are gone. */
  async kill(node?: number): Promise<void> {
    const killed = [...this.#processes.values()].filter((_, index) => node === undefined || index === node)
    await Promise.all(killed.map((process) => process.kill()))
  }

  /** Starts the nodes that do not run, on the same addresses and data, and waits until they accept connections. */
  async restart(signal: AbortSignal = AbortSignal.timeout(START_LIMIT_MS)): Promise<void> {
    for (const node of this.#layout.nodes) {
      if (!this.#processes.get(node.id)?.isRunning) this.#launch(node)
    }
    for (const node of this.#layout.nodes) await isReady(this.folder, node, this.#processes.get(node.id), signal)
  }

  /** Ends the nodes and the proxies; a folder that was made here goes with them. */
  async close(): Promise<void> {
    for (const proxy of this.proxies) proxy.close()
    if (this.#options.folder !== undefined) return this.stop()
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The last lines of each node's log. */
  lastLogLines(lines: number): string {
    return this.#layout.nodes.map((node) => lastLines(this.folder, node, lines)).join('\n')
  }

  #addresses(listener: KafkaListener): string[] {
    if (!this.#listeners.includes(listener)) throw new Error(`This Kafka was not started with a listener ${listener}`)
    return this.#layout.nodes.map(({ ports }) => `127.0.0.1:${ports[listener]}`)
  }

  #launch(node: KafkaNode): void {
    const { heap = '512m', properties = {}, sessionTimeoutMs = 9_000 } = this.#options
    const ours = kafkaProperties(this.#layout, node, this.#listeners, this.#kafka, sessionTimeoutMs)
    const java = [`-Xmx${heap}`, `-XX:SharedArchiveFile=${this.#kafka.classes}`]
    this.#processes.set(
      node.id,
      launchNode(this.#kafka, this.folder, this.#layout, node, { ...ours, ...properties }, java),
    )
  }
}
