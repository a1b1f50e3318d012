import { expect, it } from 'vitest'
import { KeyTable } from './key-table.ts'

function visit(keys: KeyTable, key: string): void {
  keys.setCurrentKey(key)
  const slot = keys.ensureSlot()
  keys.retain(slot)
  keys.mark(slot)
  keys.release(slot)
}

it('remembers nothing of keys that came and went between two snapshots, so that a job without them does not grow', () => {
  const keys = new KeyTable()
  for (let i = 0; i < 10_000; i++) visit(keys, `k${i}`)
  keys.sweep()
  expect(keys.slotCount).toBe(1)
  expect(keys.takeMarked()).toEqual([])
})

it('tells of a key that was taken before and is gone', () => {
  const keys = new KeyTable()
  keys.setCurrentKey('a')
  const slot = keys.ensureSlot()
  keys.retain(slot)
  keys.mark(slot)
  expect(keys.takeMarked()).toEqual(['a'])
  keys.mark(slot)
  keys.release(slot)
  keys.sweep()
  expect(keys.takeMarked()).toEqual(['a'])
  expect(keys.takeMarked()).toEqual([])
})
