import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

// What a compiler says of the mistakes that people make: short, and with the word that matters in it.

const root = join(import.meta.dirname, '..')
const FILE = join(root, 'mistake.ts')
const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  ).options,
  noEmit: true,
  composite: false,
  declaration: false,
  declarationMap: false,
  isolatedDeclarations: false,
  skipLibCheck: true,
}
const host = ts.createCompilerHost(options)
const { getSourceFile, fileExists, readFile } = host
let text = ''
const kept = new Map<string, ts.SourceFile | undefined>()
host.fileExists = (file) => file === FILE || fileExists(file)
host.readFile = (file) => (file === FILE ? text : readFile(file))
host.getSourceFile = (file, target) => {
  if (file === FILE) return ts.createSourceFile(file, text, target)
  if (!kept.has(file)) kept.set(file, getSourceFile(file, target))
  return kept.get(file)
}

const START = `import * as millrace from '@millrace/core'
const { count, createEnvironment, mean, tumblingEventTimeWindows, keyedProcess, valueState } = millrace
interface Reading { readonly bed: string; readonly time: number; readonly rate: number | null }
const readings = createEnvironment().fromArray<Reading>([])
`

/** The errors of a mistake: of each its first line, as an editor shows it. */
function mistakesIn(code: string): string[] {
  text = `${START}${code}\n`
  const program = ts.createProgram([FILE], options, host)
  const source = program.getSourceFile(FILE)
  return program
    .getSemanticDiagnostics(source)
    .map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n').split('\n')[0] as string)
}

describe('what a compiler says', () => {
  it('nothing of a job without a mistake', () => {
    expect(
      mistakesIn(`readings.keyBy((r) => r.bed).window(tumblingEventTimeWindows('1m')).aggregate({ n: count() })`),
    ).toEqual([])
  })

  it.each([
    [
      'a window without a key',
      `readings.window(tumblingEventTimeWindows('1m'))`,
      /^Property 'window' does not exist on type '\w+<Reading>'/,
    ],
    [
      'a field that is not there',
      `readings.map((r) => r.rates)`,
      /^Property 'rates' does not exist on type 'Reading'\. Did you mean 'rate'\?$/,
    ],
    ['an object as key', `readings.keyBy((r) => r)`, /^Type 'Reading' is not assignable to type 'Key'/],
    [
      'a text where a number is gathered',
      `readings.keyBy((r) => r.bed).window(tumblingEventTimeWindows('1m')).aggregate({ m: mean((r) => r.bed) })`,
      /^Type 'string' is not assignable to type 'number'\.$/,
    ],
    [
      'an aggregate that was not called',
      `readings.keyBy((r) => r.bed).window(tumblingEventTimeWindows('1m')).aggregate({ n: count })`,
      /^Type '.*' is (not assignable|missing the following properties)/,
    ],
    [
      "a result's field that is not there",
      `readings.keyBy((r) => r.bed).window(tumblingEventTimeWindows('1m')).aggregate({ n: count() }).map((w) => w.m)`,
      /^Property 'm' does not exist on type 'WindowResult<string, \{ n: AggregateFunction<Reading, number, number>; \}>'\.$/,
    ],
    [
      'a state that was not declared',
      `keyedProcess<Reading, number>()({ state: { last: valueState<number>() }, processRecord(r, ctx) { ctx.state.lasst.set(1) } })`,
      /^Property 'lasst' does not exist on type '.*'\. Did you mean 'last'\?$/,
    ],
    [
      'a result of another type',
      `keyedProcess<Reading, number>()({ processRecord(r, ctx) { ctx.emit(r.bed) } })`,
      /^Argument of type 'string' is not assignable to parameter of type 'number'\.$/,
    ],
    [
      'streams of two types as one',
      `readings.union(createEnvironment().fromArray([1]))`,
      /'\w+<number>' is not assignable to parameter of type '\w+<Reading>'/,
    ],
  ])('%s', (_, code, said) => {
    const mistakes = mistakesIn(code)
    expect(mistakes).toHaveLength(1)
    expect(mistakes[0]).toMatch(said)
    expect(mistakes[0]?.length).toBeLessThan(200)
  })
})
