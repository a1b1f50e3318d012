import { describe, expect, it } from 'vitest'
import { murmur2, partitionOfKey, StickyPartition } from './partitioner.ts'

describe('the partition of a key', () => {
  it('hashes as the Java client does', () => {
    // org.apache.kafka.common.utils.UtilsTest.testMurmur2
    const published: readonly (readonly [string, number])[] = [
      ['21', -973_932_308],
      ['foobar', -790_332_482],
      ['a-little-bit-long-string', -985_981_536],
      ['a-little-bit-longer-string', -1_486_304_829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
      ['abc', 479_470_107],
    ]
    expect(published.map(([key]) => [key, murmur2(Buffer.from(key))])).toEqual(published)
  })

  it('is the hash without its sign, in the range of the partitions', () => {
    expect(partitionOfKey(Buffer.from('foobar'), 10)).toBe((-790_332_482 & 0x7fff_ffff) % 10)
    expect(partitionOfKey(Buffer.from('abc'), 7)).toBe(479_470_107 % 7)
    expect(partitionOfKey(Buffer.alloc(0), 1)).toBe(0)
  })
})

describe('the partition of records without a key', () => {
  it('stays while its batch takes more, then is the next in turn', () => {
    const sticky = new StickyPartition(2)
    const picks = [false, true, true, false, false, true].map((takesMore) => sticky.pick(3, () => takesMore))
    expect(picks).toEqual([2, 2, 2, 0, 1, 1])
  })

  it('goes with the number of partitions', () => {
    const sticky = new StickyPartition(5)
    expect(sticky.pick(4, () => true)).toBe(1)
    expect(sticky.pick(1, () => true)).toBe(0)
  })
})
