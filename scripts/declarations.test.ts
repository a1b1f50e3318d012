import { expect, test } from 'vitest'
import { findInferred } from './declarations.ts'

test('an export whose type would have to be inferred is found on its line', () => {
  expect(findInferred('x.ts', "import { f } from './f.ts'\nexport const x = f()\n")).toEqual([
    'x.ts:2 Variable must have an explicit type annotation with --isolatedDeclarations.',
  ])
  expect(
    findInferred('x.ts', 'export function f() {\n  return g()\n}\nfunction g(): number { return 1 }\n'),
  ).toHaveLength(1)
})

test('what says its type, or is plain by itself, is not', () => {
  const text =
    "export const table = { A: { advice: 'mend it' } } as const\nexport const n = 1\nexport const f = (x: number): number => x\n"
  expect(findInferred('x.ts', text)).toEqual([])
})
