import { describe, expect, test } from 'vitest'
import { findUnquiet, isQuiet } from './below-runtime.ts'

const found = (text: string): string[] => findUnquiet('x.ts', text).map((f) => `${f.line} ${f.what}`)

describe('below runtime/', () => {
  test.each([
    ['const t = Date.now()', 'uses Date.now'],
    ['const t = globalThis.performance.now()', 'uses performance'],
    ['const t = performance.now()', 'uses performance'],
    ['const t = new Date()', 'reads the clock by new Date()'],
    ['const t = Date()', 'reads the clock by Date()'],
    ['const r = Math.random()', 'uses Math.random'],
    ['const r = crypto.randomUUID()', 'uses crypto'],
    ['setTimeout(() => {}, 1)', 'uses setTimeout'],
    ['const later = { defer: queueMicrotask }', 'uses queueMicrotask'],
    ['const t = process.hrtime.bigint()', 'uses process.hrtime'],
    ["import { setTimeout as wait } from 'node:timers/promises'", 'imports node:timers/promises'],
    ["import { randomBytes } from 'node:crypto'", 'imports node:crypto'],
  ])('%s is found', (text, what) => {
    expect(found(text)).toContain(`1 ${what}`)
  })

  test('an await and the async function around it are found, each on its line', () => {
    expect(found('export async function f(p: Promise<void>): Promise<void> {\n  await p\n}')).toEqual([
      '1 is an async function',
      '2 awaits',
    ])
    expect(found('const f = async () => {}')).toEqual(['1 is an async function'])
  })

  test.each([
    'const day = new Date(0).toISOString()',
    'const ms = Date.UTC(2026, 0, 1)',
    'const later = (p: Promise<void>): Promise<void> => p.then(() => {})',
    "import { createHash } from 'node:crypto'",
    "import type { webcrypto } from 'node:crypto'",
    'interface Timers { setTimeout(ms: number): void }',
    'timers.setTimeout(5)',
    '// Date.now() is the wall clock',
  ])('%s is allowed', (text) => {
    expect(found(text)).toEqual([])
  })

  test('what stands behind a contract may wait', () => {
    expect(isQuiet('packages/core/src/operators/basic/map.ts')).toBe(true)
    expect(isQuiet('packages/core/src/operators/sources/file.ts')).toBe(false)
    expect(isQuiet('packages/core/src/checkpoint/coordinator.ts')).toBe(true)
    expect(isQuiet('packages/core/src/checkpoint/storages/file/file-storage.ts')).toBe(false)
    expect(isQuiet('packages/core/src/time/clock.ts')).toBe(false)
    expect(isQuiet('packages/core/src/time/timer-queue.test.ts')).toBe(false)
  })
})
