import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, installOnce } from '../peers/install-once.ts'
import { missingJava, missingProgram } from '../peers/missing-programs.ts'
import { awsVersions } from './aws-versions.ts'

const execute = promisify(execFile)
const INSTALL_LIMIT_MS = 300_000

/** The programs that the services need here and that this machine has not, each with what to do about it. */
export async function missingAwsPrograms(): Promise<string[]> {
  return [...(await missingForDynamoDbLocal()), ...(await missingForMinistack())]
}

/** The same, of ministack alone. */
export async function missingForMinistack(): Promise<string[]> {
  if (existsSync(cacheFolder(awsVersions.ministackFolder))) return []
  return missingProgram('python3 with venv and ensurepip', ['python3', '-c', 'import venv, ensurepip'])
}

/** The same, of DynamoDB Local alone. */
export async function missingForDynamoDbLocal(): Promise<string[]> {
  const missing = await missingJava(awsVersions.java)
  if (existsSync(cacheFolder(awsVersions.dynamoDbFolder))) return missing
  return [...missing, ...(await missingProgram('mvn (Maven)', ['mvn', '--version']))]
}

/** The command that starts ministack (SNS, SQS, S3, Firehose, Kinesis with fan-out): 90 MB, some 15 s where it is not there yet. */
export async function installMinistack(signal: AbortSignal): Promise<readonly string[]> {
  const folder = await installOnce(awsVersions.ministackFolder, async (part) => {
    await run('ministack', part, signal, ['python3', '-m', 'venv', 'venv'])
    const pip = ['venv/bin/python', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
    await run('ministack', part, signal, [...pip, awsVersions.ministack])
  })
  // By module: the scripts of an environment that has been moved name the interpreter where it was.
  return [join(folder, 'venv/bin/python'), '-m', 'ministack']
}

/** The command that starts DynamoDB Local, without its port: 51 MB, some 15 s where it is not there yet. */
export async function installDynamoDbLocal(signal: AbortSignal): Promise<readonly string[]> {
  const folder = await installOnce(awsVersions.dynamoDbFolder, async (part) => {
    const [group, name, version] = awsVersions.dynamoDbLocal.split(':')
    const project = `<project><modelVersion>4.0.0</modelVersion>
<groupId>millrace</groupId><artifactId>dynamodb-local</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency></dependencies></project>`
    await writeFile(join(part, 'pom.xml'), project)
    await run('DynamoDB Local', part, signal, [
      ...['mvn', '--quiet', '--batch-mode', awsVersions.mavenCopy],
      ...['-DoutputDirectory=lib', '-DincludeScope=runtime'],
    ])
  })
  const lib = join(folder, 'lib')
  return [
    ...['java', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Xmx512m', `-Djava.library.path=${lib}`],
    ...['-cp', join(lib, '*'), join(import.meta.dirname, 'LoopbackDynamoDb.java')],
    '-disableTelemetry',
  ]
}

async function run(
  what: string,
  cwd: string,
  signal: AbortSignal,
  [program = '', ...args]: readonly string[],
): Promise<void> {
  const path = program.includes('/') ? join(cwd, program) : program
  try {
    await execute(path, args, { cwd, signal, timeout: INSTALL_LIMIT_MS, maxBuffer: 16 * 1_024 * 1_024 })
  } catch (error) {
    signal.throwIfAborted()
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${what} was not installed, for ${program} failed:\n${stdout}${stderr}`, { cause: error })
  }
}
