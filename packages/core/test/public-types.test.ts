import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as connector from '../src/connector.ts'
import * as core from '../src/index.ts'
import * as rxjs from '../src/rxjs/index.ts'
import * as testing from '../src/testing/index.ts'

// What this catches: a public function without a test of its types. What it cannot: whether that test says enough.

const root = join(import.meta.dirname, '..')
const typeTests = globSync('{src,test}/**/*.test.ts', { cwd: root })
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .filter((text) => /\bexpectTypeOf[(<]|@ts-expect-error/.test(text))

const entryPoints = {
  '@millrace/core': core,
  '@millrace/core/connector': connector,
  '@millrace/core/rxjs': rxjs,
  '@millrace/core/testing': testing,
}

describe('the types of every public function are under test', () => {
  for (const [name, exports] of Object.entries(entryPoints)) {
    const functions = Object.entries(exports).flatMap(([key, value]) => (isPlainFunction(value) ? [key] : []))
    it(`${name}`, () => {
      expect(functions.filter((fn) => !typeTests.some((text) => new RegExp(`\\b${fn}[(<)]`).test(text)))).toEqual([])
    })
  }
})

function isPlainFunction(value: unknown): boolean {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value))
}
