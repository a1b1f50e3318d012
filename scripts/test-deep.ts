// npm run test:deep [CASES] [NAME...]: every property (`*.properties.test.ts`, or those of these names) with 100,000 cases
// each instead of 1,000. Takes the better part of an hour; what it prints is kept in test-deep.log as well.
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'

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
const filters = names.length === 0 ? ['.properties.test.ts'] : names.map((name) => `${name}.properties.test.ts`)
const child = spawn(
  join(root, 'node_modules/.bin/vitest'),
  ['run', ...filters, '--reporter=verbose', '--reporter=./reporter.ts'],
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
