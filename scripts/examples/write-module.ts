import ts from 'typescript'
import type { Example } from './find.ts'

const HEADER = "import { deepStrictEqual as $equal } from 'node:assert/strict'; void $equal\n"

/**
 * The module that runs an example: its own code, line for line after one line of ours, with an assertion behind each
 * statement that ends in `// => value`. Such a statement is an expression or one `const`; a value that needs more lines goes
 * on in comments indented by two blanks or more.
 *
 * @throws where `// =>` stands behind something that has no value, or an import leaves the public entry points.
 */
export function writeModule(example: Example): string {
  const file = ts.createSourceFile('example.ts', example.code, ts.ScriptTarget.Latest, true)
  const insertions: { at: number; text: string }[] = []
  let expectations = 0
  const visit = (node: ts.Node): void => {
    if (ts.isStatement(node)) {
      const wanted = expectationAfter(example.code, node.end)
      if (wanted) {
        const line = example.line + file.getLineAndCharacterOfPosition(node.getStart()).line
        insertions.push(...assertion(node, wanted, `${example.file}:${line}`))
        expectations++
        return
      }
    }
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) checkImport(node.moduleSpecifier.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  const written = example.code.match(/\/\/ =>/g)?.length ?? 0
  if (written !== expectations) throw new Error('has a `// =>` that stands behind no expression or const')
  let code = example.code
  for (const { at, text } of insertions.sort((a, b) => b.at - a.at)) code = code.slice(0, at) + text + code.slice(at)
  return `${HEADER}${code}\nexport {}\n`
}

/** The value that is promised behind a statement that ends at `end`. */
function expectationAfter(code: string, end: number): string | undefined {
  const rest = code.slice(end)
  const first = /^;?[ \t]*\/\/ =>(.*)/.exec(rest)
  if (!first) return undefined
  let value = first[1] ?? ''
  for (const line of rest.slice(first[0].length + 1).split('\n')) {
    const more = /^\s*\/\/ {2,}(.*)$/.exec(line)
    if (!more) break
    value += ` ${more[1]}`
  }
  return value.trim()
}

function assertion(statement: ts.Statement, wanted: string, place: string): { at: number; text: string }[] {
  const behind = (actual: string): string => `; $equal(${actual}, (${wanted}), '${place}: not what // => says')`
  if (ts.isVariableStatement(statement)) {
    const [declaration, another] = statement.declarationList.declarations
    if (!declaration || another || !ts.isIdentifier(declaration.name)) throw new Error('asserts more than one name')
    return [{ at: statement.end, text: behind(declaration.name.text) }]
  }
  if (!ts.isExpressionStatement(statement)) throw new Error('has a `// =>` behind a statement that has no value')
  const { expression } = statement
  return [
    { at: expression.getStart(), text: '$equal((' },
    { at: expression.end, text: `), (${wanted}), '${place}: not what // => says')` },
  ]
}

function checkImport(specifier: string): void {
  if (specifier.startsWith('.')) throw new Error(`imports ${specifier}: an example imports public entry points only`)
}
