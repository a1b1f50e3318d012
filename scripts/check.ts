// npm run check: types, format, lint, floating promises, the import table, quiet code below runtime/, declared
// types of exports, dead code; side by
// side. Prints what the failing ones say, and ends non-zero if any failed.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { checkQuiet, quietGlobs } from './below-runtime.ts'
import { checkDeclarations, publishedGlobs } from './declarations.ts'

interface Outcome {
  readonly name: string
  readonly output: string
  readonly failed: boolean
  readonly seconds: number
}

const root = join(import.meta.dirname, '..')
const commands: readonly (readonly [name: string, ...command: string[]])[] = [
  ['types', 'tsc', '-p', 'tsconfig.check.json', '--pretty', 'false'],
  ['format and lint', 'biome', 'ci', '.'],
  ['promises', 'oxlint', '--type-aware', '--deny-warnings'],
  [
    'import table',
    'depcruise',
    'packages',
    'examples',
    'benchmarks',
    'scripts',
    'docs',
    '--config',
    '.dependency-cruiser.mjs',
  ],
  ['dead code', 'knip', '--no-config-hints'],
]

function run([name, bin, ...args]: readonly [string, ...string[]]): Promise<Outcome> {
  const start = performance.now()
  return new Promise((resolve) => {
    const child = spawn(join(root, 'node_modules/.bin', bin as string), args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    })
    let output = ''
    const end = (failed: boolean): void =>
      resolve({ name, output, failed, seconds: (performance.now() - start) / 1000 })
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => {
      output += `${error.message}\n`
      end(true)
    })
    child.on('close', (code) => end(code !== 0))
  })
}

function inProcess(
  name: string,
  globs: readonly string[],
  check: (root: string, paths: string[]) => string[],
): Outcome {
  const start = performance.now()
  const findings = check(root, globs.flatMap((glob) => globSync(glob, { cwd: root })).sort())
  return {
    name,
    output: findings.join('\n'),
    failed: findings.length > 0,
    seconds: (performance.now() - start) / 1000,
  }
}

const running = commands.map(run)
const outcomes = [
  inProcess('quiet below runtime/', quietGlobs, checkQuiet),
  inProcess('declared types', publishedGlobs, checkDeclarations),
  ...(await Promise.all(running)),
]
for (const { output } of outcomes.filter((o) => o.failed)) console.log(`${output.trimEnd()}\n`)
for (const o of outcomes) console.log(`${o.failed ? 'FAILED' : 'ok    '} ${o.name} (${o.seconds.toFixed(1)} s)`)
const failed = outcomes.filter((o) => o.failed).length
console.log(`${outcomes.length - failed} passed, ${failed} failed, 0 skipped`)
process.exitCode = failed > 0 ? 1 : 0
