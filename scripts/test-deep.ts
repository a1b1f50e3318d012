// npm run test:deep [CASES] [NAME...]: every property (all that asks `propertyRuns`, or the files that have one of these names)
// with 100,000 cases each instead of 1,000. Takes the better part of an hour; what it prints is kept in test-deep.log as well.
import { spawn } from 'node:child_process'
import { createWriteStream, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const [first, ...rest] = process.argv.slice(2)
const hasCases = first !== undefined && /^\d+$/.test(first)
const cases = hasCases ? first : '100000'
const names = hasCases || first === undefined ? rest : [first, ...rest]
const log = createWriteStream(join(root, 'test-deep.log'))

function tell(text: string | Buffer): void {
  process.stdout.write(text)
  log.write(text)
}

tell(`${cases} cases a property; ${process.version}, ${new Date().toISOString()}\n`)
const files = globSync('packages/*/{src,test}/**/*.test.ts', { cwd: root })
  .filter((file) => readFileSync(join(root, file), 'utf8').includes('propertyRuns('))
  .filter((file) => names.length === 0 || names.some((name) => basename(file).startsWith(`${name}.`)))
const child = spawn(
  join(root, 'node_modules/.bin/vitest'),
  ['run', ...files, '--reporter=verbose', '--reporter=./reporter.ts'],
  {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MILLRACE_CASES: cases, NO_COLOR: '1' },
  },
)
child.stdout.on('data', tell)
child.stderr.on('data', tell)
child.on('close', (code) => {
  log.end()
  process.exitCode = code ?? 1
})
