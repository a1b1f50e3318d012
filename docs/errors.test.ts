import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

interface Entry {
  readonly advice: string
  readonly retryable?: boolean
}

/** The table of one package: the export of its errors.ts whose name ends in ERRORS. */
async function tableOf(file: string): Promise<Record<string, Entry>> {
  const exported = (await import(join(root, file))) as Record<string, unknown>
  const [name] = Object.keys(exported).filter((key) => key.endsWith('ERRORS'))
  return exported[name ?? ''] as Record<string, Entry>
}

/** Every row of docs/errors.md: code, when, retryable. */
const rows = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  .split('\n')
  .map((line) => /^\| ([A-Z][A-Z\d_]+) \| (.+) \| (.*?) ?\|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, code = '', when = '', retryable]) => ({ code, when, isRetryable: retryable === 'yes' }))
const files = globSync('packages/*/src/errors.ts', { cwd: root }).sort()
const tables = await Promise.all(files.map(tableOf))

describe.each(files.map((file, i) => [file, tables[i] as Record<string, Entry>] as const))('%s', (file, table) => {
  test('has codes', () => {
    expect(Object.keys(table).length).toBeGreaterThan(0)
  })

  test('each code is thrown, or put on a reject, somewhere', () => {
    const sources = globSync(`${file.replace(/errors\.ts$/, '')}**/*.ts`, { cwd: root })
      .filter((path) => !/\.(test|contract)\.ts$/.test(path))
      .map((path) => readFileSync(join(root, path), 'utf8'))
      .join('\n')
    expect(Object.keys(table).filter((code) => !sources.includes(`'${code}'`))).toEqual([])
  })

  test('each code is documented once, and as retryable where it is', () => {
    for (const [code, { retryable = false }] of Object.entries(table)) {
      const documented = rows.filter((row) => row.code === code)
      expect(documented, `docs/errors.md needs one row: | ${code} | when | ${retryable ? 'yes ' : ''}|`).toHaveLength(1)
      expect(documented[0]?.isRetryable, `${code} is retryable in docs/errors.md`).toBe(retryable)
    }
  })

  test('each advice is one clause that can follow a colon', () => {
    const advice = Object.values(table).map((entry) => entry.advice)
    expect(advice.filter((text) => !/^[a-z].*[^.\s]$/.test(text))).toEqual([])
  })
})

test('each code is unique among the packages', () => {
  const codes = tables.flatMap((table) => Object.keys(table))
  expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([])
})

test('no code is documented that does not exist', () => {
  const codes = new Set(tables.flatMap((table) => Object.keys(table)))
  expect(rows.map((row) => row.code).filter((code) => !codes.has(code))).toEqual([])
})
