import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One ```ts fence. */
export interface Example {
  readonly file: string
  /** The line of its first line of code. */
  readonly line: number
  readonly code: string
  /** Type-checked only: the fence says `no-run`. */
  readonly noRun: boolean
  /** What it prints, where a ```text fence follows at once. */
  readonly prints: string | undefined
}

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'packages/*/README.md', 'packages/connectors/src/*/README.md']
const PLACES = [...DOCUMENTS, 'docs/**/*.md', 'examples/*/README.md', 'packages/*/src/**/*.ts']

/** Every example below `root`, in the order of files and lines. */
export function findExamples(root: string): Example[] {
  const files = PLACES.flatMap((place) => globSync(place, { cwd: root, exclude: (f) => /node_modules|dist/.test(f) }))
  return [...new Set(files)]
    .filter((file) => !file.endsWith('.test.ts'))
    .sort()
    .flatMap((file) => examplesOf(file, readFileSync(join(root, file), 'utf8')))
}

/** The examples of one text: a Markdown file, or the docstrings of a TypeScript file. */
export function examplesOf(file: string, text: string): Example[] {
  const inComments = file.endsWith('.ts')
  const lines = text.split('\n').map((line) => strip(line, inComments))
  const examples: Example[] = []
  for (let at = 0; at < lines.length; at++) {
    const opening = /^(\s*)(`{3,})(\w+)?(.*)$/.exec(lines[at] ?? '')
    if (!opening) continue
    const [, , ticks = '```', language, flags = ''] = opening
    const end = closingLine(lines, at + 1, ticks)
    if (language === 'ts' && ticks === '```') {
      examples.push({
        file,
        line: at + 2,
        code: lines.slice(at + 1, end).join('\n'),
        noRun: /\bno-run\b/.test(flags),
        prints: textFenceAfter(lines, end),
      })
    }
    at = end
  }
  return examples
}

function strip(line: string, inComments: boolean): string {
  if (!inComments) return line
  return /^\s*\* ?/.test(line) ? line.replace(/^\s*\* ?/, '') : ''
}

function closingLine(lines: readonly string[], from: number, ticks: string): number {
  const end = lines.findIndex((line, i) => i >= from && line.trim() === ticks)
  return end < 0 ? lines.length : end
}

function textFenceAfter(lines: readonly string[], end: number): string | undefined {
  let at = end + 1
  while (lines[at] === '') at++
  if (lines[at]?.trim() !== '```text') return undefined
  return lines.slice(at + 1, closingLine(lines, at + 1, '```')).join('\n')
}
