import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sha256 } from './sha-256.ts'

it('hashes as node:crypto does, whatever the text and its length', () => {
  const texts = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1_000, 100_000, 1].map((length) => 'a'.repeat(length))
  for (const text of texts) expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
    }),
  )
})
