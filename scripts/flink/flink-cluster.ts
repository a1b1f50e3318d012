import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../packages/connectors/test/peers/free-ports.ts'
import { GuardedProcess } from '../../packages/connectors/test/peers/guarded-process.ts'

const START_LIMIT_MS = 120_000
const HOST = '127.0.0.1'

// What Flink asks of a Java 17.
const OPENED = ['lang', 'net', 'io', 'nio', 'lang.reflect', 'text', 'time', 'util', 'util.concurrent']
  .concat('util.concurrent.atomic')
  .map((name) => `java.base/java.${name}`)
  .concat('java.base/sun.nio.ch')
  .map((name) => `--add-opens=${name}=ALL-UNNAMED`)
const EXPORTED = ['java.base/sun.net.util', 'java.rmi/sun.rmi.registry', 'java.management/sun.management']
  .concat('java.security.jgss/sun.security.krb5')
  .map((name) => `--add-exports=${name}=ALL-UNNAMED`)

// Short jobs of a few thousand rows on a machine that has other work: little memory, few threads, and no time for C2.
const JAVA = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:MaxMetaspaceSize=320m', '-Xms64m']

/** A Flink of its own: a job manager, a task manager with one slot and an SQL gateway, on free ports of this machine alone. */
export class FlinkCluster {
  readonly #processes: GuardedProcess[] = []
  readonly #work: string
  /** Where statements are sent. */
  readonly gateway: string

  private constructor(work: string, gateway: string) {
    this.#work = work
    this.gateway = gateway
  }

  /** Starts all three and waits until a statement can be sent. `work` is a folder of its own: settings, logs, what it keeps. */
  static async start(flink: string, work: string, signal: AbortSignal): Promise<FlinkCluster> {
    const [rpc = 0, rest = 0, gateway = 0] = await freePorts(3)
    const cluster = new FlinkCluster(work, `http://${HOST}:${gateway}/v4`)
    for (const folder of ['conf', 'log', 'tmp']) mkdirSync(join(work, folder), { recursive: true })
    writeFileSync(join(work, 'conf/config.yaml'), settings(work, rpc, rest, gateway))
    writeFileSync(join(work, 'conf/log4j.properties'), LOGGING)
    try {
      const runtime = 'org.apache.flink.runtime'
      const conf = ['--configDir', join(work, 'conf')]
      const jobManager = [`${runtime}.entrypoint.StandaloneSessionClusterEntrypoint`, ...conf]
      cluster.#java(flink, 'jobmanager', ['-Xmx512m'], [...jobManager, '--executionMode', 'cluster'])
      const taskManager = ['-Xmx1024m', '-XX:MaxDirectMemorySize=256m']
      cluster.#java(flink, 'taskmanager', taskManager, [`${runtime}.taskexecutor.TaskManagerRunner`, ...conf])
      cluster.#java(flink, 'gateway', ['-Xmx768m'], ['org.apache.flink.table.gateway.SqlGateway'])
      await cluster.#isReady(`http://${HOST}:${rest}/overview`, signal)
    } catch (error) {
      await cluster.stop()
      throw error
    }
    return cluster
  }

  /** Ends all three, and waits until they are gone. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()))
  }

  #java(flink: string, name: string, memory: readonly string[], main: readonly string[]): void {
    const { pathname } = new URL('conf/log4j.properties', `file://${this.#work}/`)
    const command = [
      ...['java', ...JAVA, ...memory, ...OPENED, ...EXPORTED],
      `-Djava.io.tmpdir=${join(this.#work, 'tmp')}`,
      `-Dlog.file=${join(this.#work, 'log', `${name}.log`)}`,
      `-Dlog4j.configurationFile=file:${pathname}`,
      ...['-cp', `${join(flink, 'lib')}/*:${join(flink, 'opt')}/*`],
      ...main,
    ]
    const env = { FLINK_CONF_DIR: join(this.#work, 'conf'), FLINK_LIB_DIR: join(flink, 'lib') }
    this.#processes.push(new GuardedProcess(name, command, env, join(this.#work, 'log', `${name}.out`)))
  }

  async #isReady(overview: string, signal: AbortSignal): Promise<void> {
    const end = Date.now() + START_LIMIT_MS
    for (;;) {
      const ended = this.#processes.find(({ isRunning }) => !isRunning)
      if (ended !== undefined) throw new Error(`Flink's ${ended.name} ended as it was starting`)
      const { 'slots-available': slots } = (await json(overview, signal)) as { 'slots-available'?: number }
      if (slots !== undefined && slots > 0 && 'productName' in (await json(`${this.gateway}/info`, signal))) return
      if (Date.now() > end) throw new Error(`Flink was not ready after ${START_LIMIT_MS / 1_000} s`)
      await sleep(100, undefined, { signal })
    }
  }
}

/** The last lines of each log of a cluster that ran in this folder. */
export function lastLogLines(work: string, lines: number): string {
  const folder = join(work, 'log')
  return readdirSync(folder)
    .map((file) => [file, readFileSync(join(folder, file), 'utf8').trimEnd()] as const)
    .filter(([, text]) => text !== '')
    .map(([file, text]) => `--- ${file}\n${text.split('\n').slice(-lines).join('\n')}`)
    .join('\n')
}

/** What a server answers; nothing while there is none. */
async function json(url: string, signal: AbortSignal): Promise<object> {
  try {
    const response = await fetch(url, { signal })
    return response.ok ? ((await response.json()) as object) : {}
  } catch {
    signal.throwIfAborted()
    return {}
  }
}

function settings(work: string, rpc: number, rest: number, gateway: number): string {
  return `jobmanager.rpc.address: ${HOST}
jobmanager.rpc.port: ${rpc}
jobmanager.bind-host: ${HOST}
taskmanager.host: ${HOST}
taskmanager.bind-host: ${HOST}
rest.address: ${HOST}
rest.bind-address: ${HOST}
rest.port: ${rest}
sql-gateway.endpoint.rest.address: ${HOST}
sql-gateway.endpoint.rest.bind-address: ${HOST}
sql-gateway.endpoint.rest.port: ${gateway}
jobmanager.memory.process.size: 1200m
taskmanager.numberOfTaskSlots: 1
taskmanager.cpu.cores: 1
taskmanager.memory.task.heap.size: 896m
taskmanager.memory.task.off-heap.size: 0m
taskmanager.memory.framework.heap.size: 128m
taskmanager.memory.framework.off-heap.size: 128m
taskmanager.memory.managed.size: 128m
taskmanager.memory.network.min: 64m
taskmanager.memory.network.max: 64m
taskmanager.memory.jvm-metaspace.size: 320m
taskmanager.memory.jvm-overhead.min: 192m
taskmanager.memory.jvm-overhead.max: 192m
parallelism.default: 1
io.tmp.dirs: ${join(work, 'tmp')}
`
}

const LOGGING = `rootLogger.level = ERROR
rootLogger.appenderRef.file.ref = File
appender.file.name = File
appender.file.type = File
appender.file.fileName = \${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %-5p %c{1} - %m%n
`
