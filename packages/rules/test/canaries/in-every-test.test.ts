import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CANARIES } from './canaries.ts'
import { hasRules } from './has-rules.ts'

const root = resolve(import.meta.dirname, '../../../..')
const inRoot = (pattern: string): string[] =>
  globSync(pattern, { cwd: root, exclude: (name) => name.includes('node_modules') || name.includes('dist') }).map(
    (file) => join(root, file),
  )
const tests = ['packages/*/{src,test}/**/*.test.ts', '{examples,benchmarks,scripts,docs}/**/*.test.ts'].flatMap(inRoot)

/** What leads to a rule that runs: the package, or a file of it. */
function leadsToRules(file: string, seen = new Set<string>()): boolean {
  if (file.startsWith(join(root, 'packages/rules/src/'))) return true
  if (seen.has(file) || !existsSync(file)) return false
  seen.add(file)
  const imports = readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)
  for (const [, name = ''] of imports) {
    if (/^@millrace\/(rules|cli)(\/|$)/.test(name)) return true
    if (name.startsWith('.') && leadsToRules(resolve(dirname(file), name), seen)) return true
  }
  return false
}

describe('each test in which rules may run', () => {
  it('stands where the net is spread', () => {
    const withRules = tests.filter((file) => leadsToRules(file))
    expect(withRules.length).toBeGreaterThan(40)
    expect(withRules.filter((file) => !hasRules(file)).map((file) => relative(root, file))).toEqual([])
  })

  it('has the net before it, by plain and by real servers', async () => {
    for (const config of ['vitest.config.ts', 'vitest.real.config.ts']) {
      const { default: of } = await import(join(root, config))
      expect(of.test.setupFiles).toContain('packages/rules/test/canaries/in-every-test.ts')
    }
  })
})

it('each example with rules is run by a test', () => {
  const examples = inRoot('examples/*/main.ts').filter((file) => leadsToRules(file))
  expect(examples.length).toBeGreaterThan(2)
  const ran = tests.filter((file) => file.startsWith(join(root, 'examples/')))
  for (const folder of examples.map((file) => dirname(file))) {
    const named = new RegExp(`'${basename(folder)}'`)
    const by = ran.filter((file) => file.startsWith(`${folder}/`) || named.test(readFileSync(file, 'utf8')))
    expect([basename(folder), by.length > 0]).toEqual([basename(folder), true])
  }
})

describe('a process that a test starts', () => {
  const started = (text: string) => spawnSync(process.execPath, ['-e', text], { encoding: 'utf8' })

  it('holds a canary back and ends with an error', () => {
    const { status, stderr, stdout } = started(`console.log(${JSON.stringify(CANARIES.name)})`)
    expect([status, stdout]).toEqual([70, ''])
    expect(stderr).toContain('canaries got out: [{"by":"console.log","what":"a text"}]')
    expect(stderr).not.toContain(CANARIES.name)
  })

  it('ends as ever where none gets out', () => {
    expect(started('console.log(1)')).toMatchObject({ status: 0, stdout: '1\n' })
  })
})
