// npm run test:real [NAME...]: runs *.integration.test.ts, all of them or those with a NAME in their path, against real servers:
// Kafka, and the services of AWS as they are had without AWS (ministack, DynamoDB Local).
//
// They come by Maven and pip, once. Needs java 17, mvn and python3 with venv: files whose servers cannot be had are skipped, and fail
// where CI=true. Nothing listens but on 127.0.0.1, and nothing is left running.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import {
  installDynamoDbLocal,
  installMinistack,
  missingAwsPrograms,
} from '../packages/connectors/test/aws/install-aws.ts'
import { archiveClasses } from '../packages/connectors/test/kafka/archive-classes.ts'
import { installKafka, missingPrograms } from '../packages/connectors/test/kafka/install-kafka.ts'

interface Peer {
  readonly name: string
  readonly title: string
  needs(file: string): boolean
  missing(): Promise<string[]>
  install(signal: AbortSignal): Promise<unknown>
}

const INSTALL_LIMIT_MS = 600_000
const peers: readonly Peer[] = [
  {
    name: 'kafka',
    title: 'Kafka',
    needs: isOfKafka,
    missing: missingPrograms,
    install: async (signal) => archiveClasses(await installKafka(signal), signal),
  },
  {
    name: 'aws',
    title: 'AWS',
    needs: (file) => !isOfKafka(file),
    missing: missingAwsPrograms,
    install: (signal) => Promise.all([installMinistack(signal), installDynamoDbLocal(signal)]),
  },
]

const root = join(import.meta.dirname, '..')
const names = process.argv.slice(2)
const files = globSync('{packages,examples,benchmarks}/**/*.integration.test.ts', {
  cwd: root,
  exclude: ['**/node_modules/**', '**/dist/**'],
}).filter((file) => names.length === 0 || names.some((name) => file.includes(name)))

if (files.length === 0) {
  console.log(`No *.integration.test.ts has ${names.join(' or ')} in its path`)
  process.exitCode = 1
} else {
  await runFiles()
}

function isOfKafka(file: string): boolean {
  return file.includes('kafka')
}

async function runFiles(): Promise<void> {
  const must = process.env.CI === 'true'
  const signal = AbortSignal.timeout(INSTALL_LIMIT_MS)
  const ready: Peer[] = []
  const without: string[] = []
  for (const peer of peers) {
    const needing = files.filter((file) => peer.needs(file))
    if (needing.length === 0) continue
    const missing = await peer.missing()
    if (missing.length > 0) {
      console.log(
        `${must ? 'FAILED' : 'SKIPPED'}: ${needing.length} files, for this machine lacks ${missing.join(', ')}`,
      )
      without.push(...needing)
      continue
    }
    const began = performance.now()
    await peer.install(signal)
    console.log(`${peer.title}: found or installed in ${((performance.now() - began) / 1_000).toFixed(1)} s`)
    ready.push(peer)
  }
  const able = files.filter((file) => !without.includes(file))
  if (able.length > 0) process.exitCode = await runVitest(able, ready)
  if (without.length === 0) return
  // A file counts as one: what is in it is not known. A sum that hides them would be wrong, so none is printed after it.
  if (must) process.exitCode = 1
  if (able.length === 0)
    console.log(`0 passed, ${must ? without.length : 0} failed, ${must ? 0 : without.length} skipped`)
}

function runVitest(able: readonly string[], ready: readonly Peer[]): Promise<number> {
  const vitest = join(root, 'node_modules/.bin/vitest')
  const env = { ...process.env, MILLRACE_PEERS: ready.map(({ name }) => name).join(',') }
  const child = spawn(vitest, ['run', '--config', 'vitest.real.config.ts', ...able], {
    cwd: root,
    stdio: 'inherit',
    env,
  })
  // It ends its servers, and then itself.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name))
  return new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)))
}
