import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/**
 * Folders in which nothing waits, reads a clock or draws a random number, so that a job replays exactly. What stands
 * behind a contract (the clock, source readers, sink writers, async operators, storages) is the exception.
 */
const QUIET = [
  'packages/core/src/{collections,elements,metrics,time,state,functions,checkpoint,operators,graph}/**/*.ts',
  'packages/rules/src/**/*.ts',
]
const EXCEPT = [
  /\.(test|test-d|contract)\.ts$/,
  /^packages\/core\/src\/time\/clock\.ts$/,
  /^packages\/core\/src\/operators\/(sources|sinks|async)\//,
  /^packages\/core\/src\/checkpoint\/storages\//,
  /^packages\/rules\/src\/backtest\//,
]

const GLOBALS = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'fetch',
  'Temporal',
])
const MEMBERS = new Set(['Date.now', 'Math.random', 'process.hrtime', 'process.nextTick', 'process.uptime'])
const MODULES = /^(node:)?(timers|perf_hooks|crypto|fs|net|http|https|dns|child_process|worker_threads)(\/|$)/

export interface Finding {
  readonly line: number
  readonly what: string
}

/** The files that have to be quiet, as paths below `root`. */
export function isQuiet(path: string): boolean {
  return !EXCEPT.some((exception) => exception.test(path))
}

export const quietGlobs: readonly string[] = QUIET

/** Every place of one file that waits, reads a clock or draws a random number. */
export function findUnquiet(path: string, text: string): Finding[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const findings: Finding[] = []
  const visit = (node: ts.Node): void => {
    const what = unquiet(node)
    if (what) findings.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, what })
    // What erases cannot run.
    if (!ts.isTypeNode(node) && !ts.isInterfaceDeclaration(node)) ts.forEachChild(node, visit)
  }
  visit(file)
  return findings
}

/** Reads and checks files below `root`; one line a finding. */
export function checkQuiet(root: string, paths: readonly string[]): string[] {
  return paths
    .filter(isQuiet)
    .flatMap((path) =>
      findUnquiet(path, readFileSync(join(root, path), 'utf8')).map(
        ({ line, what }) => `${path}:${line} ${what} below runtime/ (ARCHITECTURE.md, invariant 2)`,
      ),
    )
}

function unquiet(node: ts.Node): string | undefined {
  if (ts.isAwaitExpression(node)) return 'awaits'
  if (ts.isForOfStatement(node) && node.awaitModifier) return 'awaits'
  if (ts.isFunctionLike(node) && ts.canHaveModifiers(node)) {
    if (ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword)) return 'is an async function'
  }
  if (ts.isImportDeclaration(node) && !node.importClause?.isTypeOnly && ts.isStringLiteral(node.moduleSpecifier)) {
    if (MODULES.test(node.moduleSpecifier.text) && !onlyHashes(node)) return `imports ${node.moduleSpecifier.text}`
  }
  if (ts.isPropertyAccessExpression(node)) {
    const name = node.getText().replace(/^globalThis\./, '')
    if (MEMBERS.has(name)) return `uses ${name}`
    if (ts.isIdentifier(node.expression) && node.expression.text === 'globalThis' && GLOBALS.has(node.name.text)) {
      return `uses ${node.name.text}`
    }
  }
  if (ts.isIdentifier(node) && GLOBALS.has(node.text) && isGlobalUse(node)) return `uses ${node.text}`
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) {
    return 'reads the clock by new Date()'
  }
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'reads the clock by Date()'
  return undefined
}

/** A hash of given bytes is always the same: the one thing of node:crypto that replays. */
function onlyHashes(node: ts.ImportDeclaration): boolean {
  const names = node.importClause?.namedBindings
  return (
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.every((element) => (element.propertyName ?? element.name).text === 'createHash')
  )
}

/** False where the name is a property, a declaration, or stands in a declaration's place: someone's own word. */
function isGlobalUse(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node
  if (ts.isShorthandPropertyAssignment(parent)) return true
  return !(
    ts.isMethodDeclaration(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isBindingElement(parent)
  )
}
