// Stands before every test file. Where rules may run, readings are full of canaries, and a test in which one gets out fails.
import { afterEach, expect } from 'vitest'
import { hasRules } from './has-rules.ts'

if (hasRules(expect.getState().testPath ?? '')) {
  const { net } = await import('./net.ts')
  const options = ['--conditions=@millrace/source', `--import=${import.meta.resolve('./in-every-process.ts')}`]
  process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS ?? '', ...options].join(' ')
  afterEach(() => expect(net.taken()).toEqual([]))
}
