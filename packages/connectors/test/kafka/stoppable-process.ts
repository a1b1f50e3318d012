import type { KafkaClient } from '../../src/kafka/client/kafka-client.ts'

/** Where a request stands: not sent, or answered and the answer not read. */
export type Way = 'out' | 'back'

/** What is seen of a process that is stopped (SIGSTOP) and wakes: its requests, and the answers to them, wait. */
export class StoppableProcess {
  /** Asked for each request and each answer. */
  stopsAt: (request: string, way: Way) => boolean
  #asleep: PromiseWithResolvers<void> | undefined
  #stopped = Promise.withResolvers<void>()

  constructor(stopsAt: (request: string, way: Way) => boolean = () => false) {
    this.stopsAt = stopsAt
  }

  /** Comes when it has stopped; after each `wake` for the next time. */
  get stopped(): Promise<void> {
    return this.#stopped.promise
  }

  get isStopped(): boolean {
    return this.#asleep !== undefined
  }

  stop(): void {
    this.#asleep ??= Promise.withResolvers()
    this.#stopped.resolve()
  }

  wake(stopsAt: (request: string, way: Way) => boolean = () => false): void {
    this.stopsAt = stopsAt
    this.#stopped = Promise.withResolvers()
    this.#asleep?.resolve()
    this.#asleep = undefined
  }

  /** The client as the process has it. */
  client(client: KafkaClient): KafkaClient {
    return new Proxy(client, {
      get: (target, name: keyof KafkaClient) => {
        const member: unknown = target[name]
        if (typeof member !== 'function') return member
        if (name === 'close') return member.bind(target)
        return async (...parameters: readonly unknown[]): Promise<unknown> => {
          await this.#pass(name, 'out')
          try {
            return await Reflect.apply(member, target, parameters)
          } finally {
            await this.#pass(name, 'back')
          }
        }
      },
    })
  }

  async #pass(request: string, way: Way): Promise<void> {
    if (!this.isStopped && this.stopsAt(request, way)) this.stop()
    while (this.#asleep !== undefined) await this.#asleep.promise
  }
}
