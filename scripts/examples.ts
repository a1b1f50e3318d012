// npm run examples: every ```ts fence of the documents and docstrings is type-checked and run. See CONTRIBUTING.md.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findExamples } from './examples/find.ts'
import { runExamples } from './examples/run.ts'
import { writeModule } from './examples/write-module.ts'

const root = join(import.meta.dirname, '..')
// Below the root, so that an example finds the packages as a user's file would; by process, so that two runs may meet.
const folder = join(root, '.examples', String(process.pid))
const failures: string[] = []

mkdirSync(folder, { recursive: true })
try {
  const examples = findExamples(root)
  const modules = new Map(examples.map((example, i) => [`example-${i}.ts`, example]))
  for (const [name, example] of modules) {
    try {
      writeFileSync(join(folder, name), writeModule(example))
    } catch (error) {
      failures.push(`${example.file}:${example.line} ${(error as Error).message}`)
    }
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.check.json', include: ['*.ts'] }),
  )
  const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  })
  // The first line of a module is ours: line n of it is line n - 1 of the fence.
  // What is wrong in the sources themselves is for `npm run check` to say.
  for (const error of tsc.stdout.split('\n').filter((line) => /^(?!\.\.\/).*error TS/.test(line))) {
    const [, name = '', line, what] = /^(example-\d+\.ts)\((\d+),\d+\): (.*)$/.exec(error) ?? []
    const example = modules.get(name)
    failures.push(example ? `${example.file}:${example.line} line ${example.line + Number(line) - 2}: ${what}` : error)
  }

  const runnable = [...modules].filter(([, example]) => !example.noRun)
  const results = await runExamples(runnable.map(([name, example]) => ({ path: join(folder, name), example })))
  failures.push(...results)

  for (const failure of failures) console.error(failure)
  const broken = examples.filter((e) => failures.some((failure) => failure.startsWith(`${e.file}:${e.line} `))).length
  console.log(`${examples.length} examples, ${runnable.length} of them run`)
  const failed = Math.max(broken, Math.sign(failures.length))
  console.log(`${examples.length - broken} passed, ${failed} failed, 0 skipped`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failures.length > 0 ? 1 : 0
