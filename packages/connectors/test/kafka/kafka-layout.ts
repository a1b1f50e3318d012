import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../peers/free-ports.ts'
import { kafkaUuid } from './install-kafka.ts'

/** What a cluster keeps from start to start, in its folder: who it is, and where it listens. */
export interface KafkaLayout {
  readonly clusterId: string
  readonly nodes: readonly KafkaNode[]
}

export interface KafkaNode {
  readonly id: number
  readonly directoryId: string
  readonly ports: Readonly<Record<KafkaListener | 'PROXY', number>>
}

/** The listeners that a broker may have; `PROXIED` is advertised at the port `PROXY`. */
export type KafkaListener = 'PLAIN' | 'CONTROLLER' | 'SASL' | 'TLS' | 'PROXIED'

/** The layout that the folder has, or a new one for that many nodes. */
export async function kafkaLayout(folder: string, nodes: number): Promise<KafkaLayout> {
  const file = join(folder, 'layout.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as KafkaLayout
  const ports = await freePorts(nodes * 6)
  const layout: KafkaLayout = {
    clusterId: kafkaUuid(),
    nodes: Array.from({ length: nodes }, (_, index) => {
      const [PLAIN = 0, CONTROLLER = 0, SASL = 0, TLS = 0, PROXIED = 0, PROXY = 0] = ports.slice(index * 6)
      return { id: index + 1, directoryId: kafkaUuid(), ports: { PLAIN, CONTROLLER, SASL, TLS, PROXIED, PROXY } }
    }),
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, JSON.stringify(layout))
  return layout
}
