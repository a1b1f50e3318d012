import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { installKafka } from './install-kafka.ts'

/** A record as Apache's own consumer gives it. */
export interface WitnessedRecord {
  readonly partition: number
  readonly offset: number
  /** ms since 1970 UTC. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[]
}

/** What a reader sees: only what has been committed, or also records of transactions that are open or were aborted. */
export type Isolation = 'read_committed' | 'read_uncommitted'

/** Says what is in a Kafka, by Apache's own client in a JVM: it shares no code with ours, nor with the clients that ours uses. */
export class KafkaWitness {
  readonly #java: ChildProcess
  readonly #waiting: PromiseWithResolvers<string>[] = []
  #log = ''

  private constructor(java: ChildProcess) {
    this.#java = java
    if (java.stdout !== null)
      createInterface({ input: java.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(line))
    java.stderr?.on('data', (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-4_000)
    })
    java.stdin?.on('error', () => undefined)
    java.once('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`The witness ended:\n${this.#log}`))
    })
  }

  /** Starts it; it answers its first question after some two seconds. `close()` ends it, and so does the end of this process. */
  static async start(
    bootstrap: readonly string[],
    signal: AbortSignal = AbortSignal.timeout(300_000),
  ): Promise<KafkaWitness> {
    const { classPath } = await installKafka(signal)
    const java = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']
    const logging = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'
    const source = join(import.meta.dirname, 'KafkaWitness.java')
    return new KafkaWitness(spawn('java', [...java, logging, '-cp', classPath, source, bootstrap.join(',')]))
  }

  /** All records of a topic that such a reader can see now, by partition and offset. */
  async read(topic: string, isolation: Isolation): Promise<WitnessedRecord[]> {
    const { records } = await this.#ask<{ readonly records: readonly RecordOnTheWire[] }>({ topic, isolation })
    return records
      .map(({ key, value, headers, ...record }) => ({
        ...record,
        key: bytesOf(key),
        value: bytesOf(value),
        headers: headers.map(([name, text]) => [name, bytesOf(text)] as const),
      }))
      .sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  }

  /** The state of each transactional id that the brokers know: `Ongoing`, `PrepareCommit`, `CompleteCommit`, `CompleteAbort`, `Empty`. */
  async transactions(): Promise<Readonly<Record<string, string>>> {
    return (await this.#ask<{ readonly transactions: Readonly<Record<string, string>> }>({})).transactions
  }

  async close(): Promise<void> {
    if (this.#java.exitCode !== null || this.#java.signalCode !== null) return
    const closed = new Promise((resolve) => this.#java.once('close', resolve))
    this.#java.kill('SIGKILL')
    await closed
  }

  async #ask<T>(question: Readonly<Record<string, string>>): Promise<T> {
    const waiting = Promise.withResolvers<string>()
    this.#waiting.push(waiting)
    this.#java.stdin?.write(`${JSON.stringify(question)}\n`)
    const answer = JSON.parse(await waiting.promise) as T & { readonly error?: string }
    if (answer.error !== undefined) throw new Error(`The witness could not say: ${answer.error}`)
    return answer
  }
}

interface RecordOnTheWire {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64')
}
