import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { plainSha256, sha256, sha256OfPieces } from './sha-256.ts'

it('hashes as node:crypto does, whatever the text and its length', () => {
  const texts = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1_000, 100_000, 1].map((length) => 'a'.repeat(length))
  for (const text of texts) expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
    }),
  )
})

it('hashes a long text alike wherever its pieces and its surrogate pairs lie', () => {
  for (const length of [16_382, 16_383, 16_384, 16_385, 32_767, 32_768]) {
    const text = `${'a'.repeat(length)}😀é${'b'.repeat(20_000)}😀`
    const expected = createHash('sha256').update(text).digest('hex')
    expect(sha256(text)).toBe(expected)
    expect(sha256OfPieces([...text])).toBe(expected)
    expect(sha256OfPieces(['', text.slice(0, 100), text.slice(100), ''])).toBe(expected)
  }
})

it('hashes many pieces alike where the platform does it and where it does not', () => {
  const pieces = Array.from({ length: 5_000 }, (_, i) => `{"id":"r${i}","because":"é😀"}`)
  const expected = createHash('sha256').update(pieces.join('')).digest('hex')
  expect(sha256OfPieces(pieces)).toBe(expected)
  expect(plainSha256(pieces)).toBe(expected)
})
