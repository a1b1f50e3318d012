import { describe, expect, it } from 'vitest'
import type { RecordToProduce } from './client/kafka-client.ts'
import { PartitionQueue } from './partition-queue.ts'

const limits = { bytes: 100, records: 3 }
const record: RecordToProduce = { key: undefined, value: undefined, timestamp: 0, headers: [] }
const last = 2 ** 31 - 1

function filled(count: number, firstSequence: number): PartitionQueue {
  const queue = new PartitionQueue('out', 0)
  queue.begin(firstSequence)
  for (let n = 0; n < count; n++) queue.add(record, 1, limits, 0)
  return queue
}

describe('the queue of a partition', () => {
  it('begins a batch where the last has its number of records, its bytes, or was sent', () => {
    const queue = filled(3, 0)
    expect(queue.takesMore(limits)).toBe(false)
    queue.add(record, 60, limits, 0)
    expect(queue.takesMore(limits)).toBe(true)
    queue.add(record, 60, limits, 0)
    const sizes: number[] = []
    for (let head = queue.head; head !== undefined; head = queue.head) {
      queue.take()
      sizes.push(queue.acknowledge(undefined).records.length)
    }
    expect(sizes).toEqual([3, 1, 1])
    const sent = filled(1, 0)
    sent.take()
    expect(sent.takesMore(limits)).toBe(false)
  })

  it('counts sequences up to 2^31 - 1 and then from 0', () => {
    const queue = filled(6, last - 1)
    expect(queue.take().firstSequence).toBe(last - 1)
    queue.acknowledge(10)
    expect(queue.take().firstSequence).toBe(1)
    const atTheEnd = filled(4, last - 2)
    atTheEnd.take()
    atTheEnd.acknowledge(0)
    expect(atTheEnd.take().firstSequence).toBe(0)
  })

  it('keeps the sequence of a batch that goes again, and of the halves of one that was too large', () => {
    const queue = filled(3, last)
    expect([queue.take().firstSequence, queue.take().firstSequence]).toEqual([last, last])
    queue.split(() => 1)
    expect([queue.take().firstSequence, queue.take().records.length]).toEqual([last, 1])
    queue.acknowledge(5)
    expect([queue.take().firstSequence, queue.take().records.length]).toEqual([0, 2])
    queue.acknowledge(6)
    expect([queue.firstOffset, queue.lastOffset, queue.acknowledgedRecords]).toEqual([5, 7, 3])
    queue.add(record, 1, limits, 0)
    expect(queue.take().firstSequence).toBe(2)
  })
})
