import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../peers/free-ports.ts'
import { GuardedProcess } from '../peers/guarded-process.ts'
import { temporaryFolder } from '../peers/temporary-folder.ts'
import { installDynamoDbLocal, installMinistack } from './install-aws.ts'

const START_LIMIT_MS = 300_000
const START_TRIES = 3

/** How a peer is started on a port, and how it says that it is ready. */
interface Start {
  readonly name: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Of its endpoint: any answer of these statuses. */
  readonly readyPath: string
  readonly readyStatus: number
}

/** A service of AWS as it is had without AWS, on 127.0.0.1 alone. It does not outlive this process. */
export class AwsPeer {
  readonly #start: Start
  readonly #folder: string
  readonly port: number
  #process: GuardedProcess | undefined

  private constructor(start: Start, folder: string, port: number) {
    this.#start = start
    this.#folder = folder
    this.port = port
  }

  /**
   * ministack: SNS, SQS, S3, Firehose, Kinesis with fan-out (never reshard there: the parent's data vanish). What it holds outlives
   * `stop()`, and objects of S3 outlive `kill()`.
   */
  static ministack(signal: AbortSignal = AbortSignal.timeout(START_LIMIT_MS)): Promise<AwsPeer> {
    return AwsPeer.#started('ministack', signal, async (port, folder) => ({
      name: 'ministack',
      command: await installMinistack(signal),
      env: {
        ...{ BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port), MINISTACK_HOST: '127.0.0.1' },
        ...{ IOT_MTLS_ENABLED: '0', SFTP_ENABLED: '0', LOG_LEVEL: 'WARNING' },
        ...{ PERSIST_STATE: '1', STATE_DIR: join(folder, 'state') },
        ...{ S3_PERSIST: '1', S3_DATA_DIR: join(folder, 's3') },
      },
      readyPath: '/_ministack/health',
      readyStatus: 200,
    }))
  }

  /** DynamoDB Local, the reference. What it holds ends with its process, unless it is told to keep it: then it outlives a kill too. */
  static dynamoDb(
    { keeps = false }: { readonly keeps?: boolean } = {},
    signal: AbortSignal = AbortSignal.timeout(START_LIMIT_MS),
  ): Promise<AwsPeer> {
    return AwsPeer.#started('dynamodb', signal, async (port, folder) => ({
      name: 'DynamoDB Local',
      command: [
        ...(await installDynamoDbLocal(signal)),
        ...(keeps ? ['-dbPath', folder, '-sharedDb'] : ['-inMemory', '-sharedDb']),
        ...['-port', String(port)],
      ],
      env: {},
      readyPath: '/',
      readyStatus: 400,
    }))
  }

  static async #started(
    name: string,
    signal: AbortSignal,
    how: (port: number, folder: string) => Promise<Start>,
  ): Promise<AwsPeer> {
    for (let tries = 1; ; tries += 1) {
      const folder = temporaryFolder(`millrace-${name}`)
      const [port = 0] = await freePorts(1)
      const peer = new AwsPeer(await how(port, folder), folder, port)
      try {
        await peer.start(signal)
        return peer
      } catch (error) {
        await peer.close()
        // Another process was quicker to take a port that was free.
        const isTaken = /address already in use|Address already in use|EADDRINUSE/.test(String(error))
        if (!isTaken || tries === START_TRIES) throw error
      }
    }
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Again, on the same port, after `stop()` or `kill()`. */
  async start(signal: AbortSignal = AbortSignal.timeout(START_LIMIT_MS)): Promise<void> {
    const { name, command, env } = this.#start
    this.#process = new GuardedProcess(name, command, env, this.#log)
    while (!(await this.#isReady())) {
      if (this.#process.isRunning && !signal.aborted) {
        await sleep(50)
        continue
      }
      const what = signal.aborted ? 'was given up' : 'ended'
      throw new Error(`${name} ${what} as it was starting:\n${this.#lastLines()}`)
    }
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  /** As a crash does, by SIGKILL. */
  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #isReady(): Promise<boolean> {
    const { readyPath, readyStatus } = this.#start
    const answer = await fetch(this.endpoint + readyPath, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined)
    await answer?.body?.cancel()
    // At its port somebody else may be listening, while it ends.
    return answer?.status === readyStatus && this.#process?.isRunning === true
  }

  get #log(): string {
    return join(this.#folder, 'log')
  }

  #lastLines(): string {
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-30).join('\n')
  }
}
