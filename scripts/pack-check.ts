// npm run pack:check: builds the packages as they would be published, asks publint and attw, then installs them in an
// empty folder and runs there what a user would.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { findExamples } from './examples/find.ts'
import { pageSteps, withoutDates } from './examples/page-steps.ts'

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'millrace-pack-'))
const consumer = join(folder, 'consumer')
const packages = ['core', 'connectors', 'rules', 'cli']
const tally = { passed: 0, failed: 0 }

/** Runs a command without our condition, so that what is published is found and not the sources. */
function run(cwd: string, command: string, ...args: string[]): string {
  const { NODE_OPTIONS: _, ...env } = process.env
  const result = spawnSync(command, args, { cwd, env: { ...env, NO_COLOR: '1' }, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (result.status !== 0) {
    throw new Error(`${basename(command)} ${args.join(' ')}\n${result.error ?? ''}${result.stdout}${result.stderr}`)
  }
  return result.stdout
}

const bin = (name: string): string => join(root, 'node_modules/.bin', name)
const manifest = (name: string): Manifest =>
  JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))

/** One check; the ones after it still run, unless they cannot do without it. */
function check(name: string, body: () => string): boolean {
  try {
    const told = body()
    console.log(`ok     ${name}${told ? `: ${told}` : ''}`)
    tally.passed++
    return true
  } catch (error) {
    console.log(`FAILED ${name}\n${(error as Error).message}`)
    tally.failed++
    return false
  }
}

function removeBuilds(): void {
  for (const name of packages) rmSync(join(root, 'packages', name, 'dist'), { recursive: true, force: true })
}

const tarballs: string[] = []

function pack(name: string): string {
  const [packed] = JSON.parse(
    run(join(root, 'packages', name), 'npm', 'pack', '--json', '--pack-destination', folder),
  ) as {
    filename: string
    files: { path: string }[]
  }[]
  if (!packed) throw new Error('npm pack says nothing')
  const tests = packed.files.map((file) => file.path).filter((path) => /\.test(-d)?\.|tsbuildinfo/.test(path))
  if (tests.length > 0) throw new Error(`in the package, but not for users: ${tests.join(', ')}`)
  for (const path of ['README.md', 'LICENSE']) {
    if (!packed.files.some((file) => file.path === path)) throw new Error(`${path} is not in the package`)
  }
  const tarball = join(folder, packed.filename)
  tarballs.push(tarball)
  return `${packed.files.length} files, ${Math.round(statSync(tarball).size / 1024)} KiB`
}

function install(): string {
  mkdirSync(consumer)
  writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }\n')
  const { rxjs } = manifest('core').devDependencies ?? {}
  // Those whose types stand in ours.
  const optional = Object.entries(manifest('connectors').devDependencies ?? {})
    .filter(([name]) => name === '@duckdb/node-api' || /^@aws-sdk\/(client|lib)-/.test(name))
    .map(([name, version]) => `${name}@${version}`)
  const peers = [`rxjs@${rxjs}`, ...optional]
  run(
    consumer,
    'npm',
    'install',
    '--prefix',
    consumer,
    '--no-audit',
    '--no-fund',
    '--save-exact',
    ...tarballs,
    ...peers,
  )
  return peers.join(', ')
}

/** A program that imports each entry point, and ends by itself. */
function writeEntries(): string {
  const entries = packages.flatMap((name) => {
    const { name: packageName, exports } = manifest(name)
    return Object.keys(exports)
      .filter((path) => !path.endsWith('.json'))
      .map((path) => packageName + path.slice(1))
  })
  const lines = entries.map((entry, i) => `import * as entry${i} from '${entry}'`)
  const names = entries.map((entry, i) => `'${entry}': Object.keys(entry${i}).length`)
  writeFileSync(join(consumer, 'entries.ts'), `${lines.join('\n')}\nconsole.log({ ${names.join(', ')} })\n`)
  return `${entries.length} entry points`
}

function writeFirstProgram(): string {
  const first = findExamples(root).find((example) => example.file === 'README.md' && !example.noRun)
  if (!first) throw new Error('README.md has no program that runs')
  writeFileSync(join(consumer, 'first.ts'), first.code)
  return first.prints ?? ''
}

removeBuilds()
try {
  const built = check('build', () => {
    return run(root, bin('tsc'), '-b')
  })
  for (const name of built ? packages : []) {
    if (!check(`pack ${name}`, () => pack(name))) continue
    const tarball = tarballs.at(-1) as string
    check(`publint ${name}`, () => {
      run(root, bin('publint'), 'run', tarball, '--strict')
      return ''
    })
    check(`attw ${name}`, () => {
      run(root, bin('attw'), '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', tarball)
      return ''
    })
  }
  if (tarballs.length === packages.length && check('install in an empty folder', install)) {
    check('every entry point loads', () => {
      const told = writeEntries()
      run(consumer, process.execPath, 'entries.ts')
      return told
    })
    check("README's first program", () => {
      const prints = writeFirstProgram()
      const output = run(consumer, process.execPath, 'first.ts')
      if (output.trimEnd() !== prints.trimEnd()) throw new Error(`printed:\n${output}\ninstead of:\n${prints}`)
      return ''
    })
    check("the clinical engineer's page, step by step", () => {
      const steps = pageSteps(readFileSync(join(root, 'docs/guide/clinical-engineer.md'), 'utf8'))
      for (const { command, prints } of steps) {
        const output = run(consumer, 'bash', '-e', '-c', `exec 2>&1\n${command}`)
        if (withoutDates(output) !== withoutDates(prints))
          throw new Error(`printed:\n${output}\ninstead of:\n${prints}`)
      }
      return `${steps.length} steps`
    })
    check('types of both', () => {
      const compilerOptions = {
        target: 'es2024',
        lib: ['es2024', 'esnext.disposable', 'esnext.iterator'],
        module: 'nodenext',
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        typeRoots: [join(root, 'node_modules/@types')],
        types: ['node'],
      }
      writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
      return run(consumer, bin('tsc'), '-p', consumer, '--pretty', 'false')
    })
  }
} finally {
  removeBuilds()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${tally.passed} passed, ${tally.failed} failed, 0 skipped`)
process.exitCode = tally.failed > 0 ? 1 : 0
