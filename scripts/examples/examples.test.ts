import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Example, examplesOf } from './find.ts'
import { runExamples } from './run.ts'
import { writeModule } from './write-module.ts'

describe('finding', () => {
  test('a fence of a Markdown file, with its line and flag', () => {
    const text = '# Title\n\n```ts no-run\nf()\n```\n\n```json\n{}\n```\n'
    expect(examplesOf('a.md', text)).toEqual([{ file: 'a.md', line: 4, code: 'f()', noRun: true, prints: undefined }])
  })

  test('a fence of a docstring, without its stars', () => {
    const text =
      '/**\n * Adds.\n * @example\n * ```ts\n * if (x) {\n *   add(1)\n * }\n * ```\n */\nexport const x = 1\n'
    expect(examplesOf('a.ts', text)[0]).toMatchObject({ line: 5, code: 'if (x) {\n  add(1)\n}' })
  })

  test('the text fence that follows at once is what it prints', () => {
    expect(examplesOf('a.md', '```ts\nf()\n```\n\n```text\none\ntwo\n```\n')[0]?.prints).toBe('one\ntwo')
    expect(examplesOf('a.md', '```ts\nf()\n```\nand then\n```text\none\n```\n')[0]?.prints).toBeUndefined()
  })

  test('a fence shown inside a longer fence is not an example', () => {
    expect(examplesOf('a.md', '````md\n```ts\nf()\n```\n````\n')).toEqual([])
  })
})

describe('running', () => {
  const folder = mkdtempSync(join(makeParent(), 'run-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function failuresOf(code: string, prints?: string): Promise<string[]> {
    const example: Example = { file: 'a.md', line: 10, code, noRun: false, prints }
    const path = join(folder, `e${Math.trunc(performance.now() * 1000)}.ts`)
    writeFileSync(path, writeModule(example))
    return runExamples([{ path, example }])
  }

  test('a value that is as promised passes: of an expression, a const, over several lines', async () => {
    expect(await failuresOf('1 + 1 // => 2')).toEqual([])
    expect(
      await failuresOf('const pair = { a: [1, 2] } // => { a: [1, 2] }\npair.a.map(\n  (n) => n * 2,\n) // => [2, 4]'),
    ).toEqual([])
    expect(await failuresOf('await Promise.resolve([1, 2]) // => [\n//   1, 2,\n//   ]')).toEqual([])
  })

  test('a value that is not as promised fails, and its line is named', async () => {
    const [failure] = await failuresOf('const x = 1\nx + 1 // => 3')
    expect(failure).toContain('a.md:11: not what // => says')
  })

  test('what it prints is compared', async () => {
    expect(await failuresOf("console.log('one')", 'one')).toEqual([])
    expect((await failuresOf("console.log('two')", 'one'))[0]).toContain('two')
  })

  test('one that throws, or ends its process, fails and brings no other down', async () => {
    expect((await failuresOf("throw new Error('no')"))[0]).toContain('Error: no')
    expect((await failuresOf('process.exit(3)'))[0]).toContain('ended its process: 3')
    expect(
      (await failuresOf("setImmediate(() => { throw new Error('late') })\nawait new Promise(() => {})"))[0],
    ).toContain('late')
  })

  test('a promise behind no expression, or an import of a file, is refused', () => {
    const example = { file: 'a.md', line: 1, noRun: false, prints: undefined }
    expect(() => writeModule({ ...example, code: 'if (true) {} // => 3' })).toThrow('no value')
    expect(() => writeModule({ ...example, code: '// => 3' })).toThrow('behind no expression')
    expect(() => writeModule({ ...example, code: "import { x } from './x.ts'" })).toThrow('public entry points')
  })
})

function makeParent(): string {
  const parent = join(import.meta.dirname, '../../.examples')
  mkdirSync(parent, { recursive: true })
  return parent
}
