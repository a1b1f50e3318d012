import { afterEach, expect, it, vi } from 'vitest'
import { generatedFunction } from './generated-function.ts'

afterEach(() => vi.unstubAllGlobals())

it('is made of its text and values', () => {
  const double = generatedFunction<(n: number) => number>('(n) => n * factor', { factor: 2 }, () => 0)
  expect(double(21)).toBe(42)
})

it('is the fallback where text may not become code', () => {
  vi.stubGlobal('Function', function refuse() {
    throw new EvalError('code generation from strings is disallowed')
  })
  expect(generatedFunction('() => 1', {}, () => 2)()).toBe(2)
})

it('does not hide a mistake in its text', () => {
  expect(() => generatedFunction('() =>', {}, () => 2)).toThrow(SyntaxError)
})
