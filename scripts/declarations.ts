import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** What is published: each export says its type, so that a file's declarations follow from that file alone. */
export const publishedGlobs: readonly string[] = ['packages/*/src/**/*.ts']

/** Exports whose types would have to be inferred; one line a finding. The build refuses them, `tsc --noEmit` does not. */
export function checkDeclarations(root: string, paths: readonly string[]): string[] {
  return paths
    .filter((path) => !/\.test(-d)?\.ts$/.test(path))
    .flatMap((path) => findInferred(path, readFileSync(join(root, path), 'utf8')))
}

/** The same for one file. */
export function findInferred(path: string, text: string): string[] {
  const { diagnostics = [] } = ts.transpileDeclaration(text, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.NodeNext,
      strict: true,
      isolatedDeclarations: true,
      declaration: true,
    },
  })
  return diagnostics.map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 1
    return `${path}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}
