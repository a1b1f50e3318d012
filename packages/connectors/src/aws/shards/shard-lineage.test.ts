import { describe, expect, it } from 'vitest'
import { type ListedShard, shardsToRead } from './shard-lineage.ts'

// 0 is split into 1 and 2; 1 becomes 3, 2 becomes 4; 3 and 4 are merged into 5.
const PARENTS: Readonly<Record<string, readonly string[]>> = {
  0: [],
  1: ['0'],
  2: ['0'],
  3: ['1'],
  4: ['2'],
  5: ['3', '4'],
}

function listed(ids: readonly string[]): ListedShard[] {
  return ids.map((id) => ({ id, parents: PARENTS[id] ?? [], isOpen: true }))
}

function read(ids: string, known: string): string {
  const shards = shardsToRead(listed([...ids]), new Set(known))
  return shards.map(({ id }) => id).join('')
}

describe('shardsToRead', () => {
  it('is all of them where the job knows none', () => {
    expect(read('012345', '')).toBe('012345')
  })

  it('leaves out what was before those in which the job has begun', () => {
    expect(read('012345', '34')).toBe('345')
    expect(read('012345', '5')).toBe('5')
  })

  it('takes those that come after known ones, also where a known one is listed no more', () => {
    expect(read('12345', '0')).toBe('12345')
    expect(read('345', '1')).toBe('345')
  })

  it('keeps a known one that is before other known ones', () => {
    expect(read('012345', '034')).toBe('0345')
  })

  it('takes one whose parents nobody remembers: it may be a descendant', () => {
    expect(read('5', '0')).toBe('5')
  })
})
