// Kafka's scripts live in this package's test/, for its tests are who needs them most and they may not know scripts/;
// scripts/, examples/ and benchmarks/ import them from here. What Flink's scripts use too is in test/peers/.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, installOnce } from '../peers/install-once.ts'
import { missingJava, missingProgram } from '../peers/missing-programs.ts'
import { kafkaUsers } from './kafka-users.ts'
import { kafkaVersions } from './kafka-versions.ts'

const execute = promisify(execFile)
const INSTALL_LIMIT_MS = 300_000

/** Opens the key store of the installation: a key that is worth nothing but on 127.0.0.1. */
export const KEY_STORE_PASSWORD = 'millrace-test'

/** An installed Kafka: files that brokers share and do not change. */
export interface KafkaInstallation {
  /** For Java's `-cp`. */
  readonly classPath: string
  /** Storage as `StorageTool format` leaves it: copied, where a broker begins with nothing. It has the SCRAM users. */
  readonly formatted: string
  /** PKCS 12: a key and its certificate, for 127.0.0.1 and localhost. */
  readonly keyStore: string
  /** The same certificate as PEM: what a client is to trust. */
  readonly certificate: string
}

/** The programs that a Kafka needs here and that this machine has not, each with what to do about it. */
export async function missingPrograms(): Promise<string[]> {
  const missing = await missingJava(kafkaVersions.java)
  if (existsSync(cacheFolder(kafkaVersions.folder))) return missing
  return [
    ...missing,
    ...(await missingProgram('mvn (Maven)', ['mvn', '--version'])),
    ...(await missingProgram('keytool (of a JDK or JRE)', ['keytool', '-help'])),
  ]
}

/** Fetches Kafka's jars by Maven and makes ready what brokers begin with, where it is not there yet: 43 MB, some 20 s. */
export async function installKafka(signal: AbortSignal): Promise<KafkaInstallation> {
  const folder = await installOnce(kafkaVersions.folder, async (part) => {
    await fetchJars(part, signal)
    await Promise.all([formatStorage(part, signal), makeCertificate(part, signal)])
  })
  return {
    classPath: join(folder, 'lib/*'),
    formatted: join(folder, 'formatted'),
    keyStore: join(folder, 'keystore.p12'),
    certificate: join(folder, 'certificate.pem'),
  }
}

/** 16 random bytes as Kafka writes them: base64, and a leading `-` would be read as an option. */
export function kafkaUuid(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? kafkaUuid() : id
}

async function fetchJars(part: string, signal: AbortSignal): Promise<void> {
  const dependencies = kafkaVersions.artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`
  })
  const project = `<project><modelVersion>4.0.0</modelVersion>
<groupId>millrace</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('')}</dependencies></project>`
  await writeFile(join(part, 'pom.xml'), project)
  await run(part, signal, [
    ...['mvn', '--quiet', '--batch-mode', kafkaVersions.mavenCopy],
    ...['-DoutputDirectory=lib', '-DincludeScope=runtime'],
  ])
}

/** A second of a JVM's work, once an installation. It decides the feature levels, among them that of transactions. */
async function formatStorage(part: string, signal: AbortSignal): Promise<void> {
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: 'PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': '1@127.0.0.1:2',
    'log.dirs': join(part, 'formatted'),
  }
  const file = join(part, 'format.properties')
  await writeFile(file, propertiesText(properties))
  const users = Object.values(kafkaUsers).flatMap(({ username, password }) => [
    '--add-scram',
    `SCRAM-SHA-256=[name=${username},password=${password}]`,
  ])
  const tool = ['java', '-Xmx128m', '-cp', 'lib/*', 'kafka.tools.StorageTool']
  await run(part, signal, [...tool, 'format', '--cluster-id', kafkaUuid(), '--config', file, ...users])
  await rm(file)
}

async function makeCertificate(part: string, signal: AbortSignal): Promise<void> {
  const store = [
    '-keystore',
    'keystore.p12',
    '-storetype',
    'PKCS12',
    '-storepass',
    KEY_STORE_PASSWORD,
    '-alias',
    'kafka',
  ]
  await run(part, signal, [
    ...['keytool', '-genkeypair', ...store, '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '3650'],
    ...['-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost', '-ext', 'bc:c'],
  ])
  await run(part, signal, ['keytool', '-exportcert', '-rfc', ...store, '-file', 'certificate.pem'])
}

/** The text of a file of Java properties. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

async function run(cwd: string, signal: AbortSignal, [program = '', ...args]: readonly string[]): Promise<void> {
  try {
    await execute(program, args, { cwd, signal, timeout: INSTALL_LIMIT_MS, maxBuffer: 16 * 1_024 * 1_024 })
  } catch (error) {
    signal.throwIfAborted()
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`Kafka was not installed, for ${program} failed:\n${stdout}${stderr}`, { cause: error })
  }
}
