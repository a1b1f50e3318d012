import { expect, it } from 'vitest'
import { numberOf, objectName } from './object-name.ts'

const number = { run: 2, after: 41, index: 3 }

it.each(['low', 'low-2', 'a/b', 'Blutdruck, höchster', '50%', '_25', "it's (new)!~*"])(
  'is read back from the key of a sink named %s, and of no other',
  (sink) => {
    for (const life of ['', '0123abcd']) {
      const name = objectName(sink, number, life)
      expect(name).toMatch(/^[\w.-]+$/)
      expect(numberOf(sink, `ward/hour=14/${name}.ndjson.gz`)).toEqual(number)
      expect(numberOf(`${sink}-x`, name)).toBeUndefined()
      expect(numberOf(sink.slice(0, -1), name)).toBeUndefined()
    }
  },
)

it('sorts as the checkpoints do', () => {
  const names = [9, 10, 100, 999_999_999].map((after) => objectName('low', { run: 1, after, index: 0 }, ''))
  expect(names.toSorted()).toEqual(names)
})

it('takes nothing else for its own', () => {
  for (const key of ['low-r1-c000000001-0000.tmp-x', 'low-r1.ndjson', 'low-notes.txt', 'r1-c000000001-0000']) {
    expect(numberOf('low', key)).toBeUndefined()
  }
})
