// Vitest's global setup of `npm run test:real`: one Kafka that all files share. A file that breaks its broker starts one.
import type { TestProject } from 'vitest/node'
import { KafkaBroker } from './kafka-broker.ts'

/** Where the Kafka is that all integration tests share: `inject('kafka')`. The addresses are what `KafkaBroker` says of them. */
export interface SharedKafka {
  readonly bootstrap: string[]
  readonly saslBootstrap: string[]
  readonly tlsBootstrap: string[]
  readonly certificate: string
}

declare module 'vitest' {
  interface ProvidedContext {
    kafka: SharedKafka
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = await KafkaBroker.start({ sasl: true, tls: true })
  const { bootstrap, saslBootstrap, tlsBootstrap, certificate } = broker
  project.provide('kafka', { bootstrap, saslBootstrap, tlsBootstrap, certificate })
  return () => broker.close()
}
