// npm run test:real [NAME...]: runs *.integration.test.ts, all of them or those with a NAME in their path, against a real Kafka.
//
// Its jars come by Maven, once. Needs java 17 and mvn: without them all is skipped, and fails where CI=true. Nothing listens but
// on 127.0.0.1, and nothing is left running.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { archiveClasses } from '../packages/connectors/test/kafka/archive-classes.ts'
import { installKafka, missingPrograms } from '../packages/connectors/test/kafka/install-kafka.ts'

const INSTALL_LIMIT_MS = 600_000
const root = join(import.meta.dirname, '..')
const names = process.argv.slice(2)
const files = globSync('{packages,examples,benchmarks}/**/*.integration.test.ts', {
  cwd: root,
  exclude: ['**/node_modules/**', '**/dist/**'],
}).filter((file) => names.length === 0 || names.some((name) => file.includes(name)))

const missing = await missingPrograms()
if (missing.length > 0) {
  const must = process.env.CI === 'true'
  console.log(`${must ? 'FAILED' : 'SKIPPED'}: no Kafka was started, for this machine lacks ${missing.join(', ')}`)
  console.log(`0 passed, ${must ? files.length : 0} failed, ${must ? 0 : files.length} skipped`)
  process.exitCode = must ? 1 : 0
} else if (files.length === 0) {
  console.log(`No *.integration.test.ts has ${names.join(' or ')} in its path`)
  process.exitCode = 1
} else {
  await runFiles()
}

async function runFiles(): Promise<void> {
  const began = performance.now()
  const signal = AbortSignal.timeout(INSTALL_LIMIT_MS)
  await archiveClasses(await installKafka(signal), signal)
  console.log(`Kafka: found or installed in ${((performance.now() - began) / 1_000).toFixed(1)} s`)
  const vitest = join(root, 'node_modules/.bin/vitest')
  const child = spawn(vitest, ['run', '--config', 'vitest.real.config.ts', ...files], { cwd: root, stdio: 'inherit' })
  // It ends its brokers, and then itself.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name))
  process.exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)))
}
