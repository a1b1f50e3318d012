import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GuardedProcess } from '../peers/guarded-process.ts'
import { type KafkaInstallation, propertiesText } from './install-kafka.ts'
import type { KafkaLayout, KafkaNode } from './kafka-layout.ts'

const JAVA = ['java', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Xms64m', '-Djava.awt.headless=true']
const LOGGING = ['defaultLogLevel=warn', 'log.kafka.server.KafkaRaftServer=info'].map(
  (level) => `-Dorg.slf4j.simpleLogger.${level}`,
)
const STARTED = 'Kafka Server started'

/** Starts a node in a folder of its own below `folder`, on the data that is there; where there is none, on formatted storage. */
export function launchNode(
  kafka: KafkaInstallation,
  folder: string,
  { clusterId }: KafkaLayout,
  node: KafkaNode,
  properties: Readonly<Record<string, string>>,
  java: readonly string[],
  stopLimitS?: number,
): GuardedProcess {
  const home = join(folder, `node-${node.id}`)
  const data = join(home, 'data')
  if (!existsSync(data)) {
    mkdirSync(home, { recursive: true })
    cpSync(kafka.formatted, data, { recursive: true })
    const identity = { 'cluster.id': clusterId, 'node.id': String(node.id), 'directory.id': node.directoryId }
    writeFileSync(join(data, 'meta.properties'), propertiesText({ version: '1', ...identity }))
  }
  const settings = join(home, 'server.properties')
  writeFileSync(settings, propertiesText({ 'log.dirs': data, ...properties }))
  const command = [...JAVA, ...java, ...LOGGING, '-cp', kafka.classPath, 'kafka.Kafka', settings]
  const log = logFile(folder, node)
  if (existsSync(log)) renameSync(log, join(home, 'broker-before.log'))
  return new GuardedProcess(`Kafka node ${node.id}`, command, {}, log, stopLimitS)
}

/**
 * Waits until the node accepts connections. It says so itself: at its port somebody else may be listening.
 *
 * @throws with what the node said last, where it ended first or the signal did.
 */
export async function isReady(
  folder: string,
  node: KafkaNode,
  process: GuardedProcess | undefined,
  signal: AbortSignal,
): Promise<void> {
  while (!readFileSync(logFile(folder, node), 'utf8').includes(STARTED)) {
    if (process?.isRunning && !signal.aborted) {
      await sleep(50)
      continue
    }
    const what = signal.aborted ? 'was given up' : 'ended'
    throw new Error(`Kafka's node ${node.id} ${what} as it was starting:\n${lastLines(folder, node, 30)}`)
  }
}

/** What the node said last. */
export function lastLines(folder: string, node: KafkaNode, lines: number): string {
  return readFileSync(logFile(folder, node), 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
}

function logFile(folder: string, { id }: KafkaNode): string {
  return join(folder, `node-${id}`, 'broker.log')
}
