import { MAX_DELAY_MS, type Reading } from '../../core/sliding/readings.ts'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { evict, push, type Stacks, tell } from '../two-stacks.ts'
import type { LookBackData } from './data.ts'

/**
 * Readings wait in a heap by their time; those of one time are taken together, each patient's onto two stacks. For data of
 * which nothing is late.
 */
export const run: Run<LookBackData> = ({ readings, lastMs }) => {
  const out = new Checksum()
  const patients = new Map<string, Stacks>()
  const waiting: Reading[] = []
  const peers: Reading[] = []

  const release = (until: number): void => {
    while (waiting.length > 0 && (waiting[0] as Reading).time <= until) {
      const { time } = waiting[0] as Reading
      peers.length = 0
      while (waiting.length > 0 && (waiting[0] as Reading).time === time) peers.push(pop(waiting))
      for (const { patientId, heartRate, spo2 } of peers) {
        let stacks = patients.get(patientId)
        if (stacks === undefined) {
          stacks = { front: [], back: [], sum: undefined }
          patients.set(patientId, stacks)
        }
        push(stacks, { start: time, count: 1, heartRate, lowest: spo2, highest: spo2 })
        evict(stacks, time - lastMs)
      }
      for (const { patientId } of peers) {
        tell(patients.get(patientId) as Stacks, (count, heartRate, lowest, highest) =>
          out.add(time, count, heartRate / count, lowest * 256 + highest),
        )
      }
    }
  }

  let newest = Number.MIN_SAFE_INTEGER
  for (let i = 0; i < readings.length; i++) {
    const reading = readings[i] as Reading
    add(waiting, reading)
    if (reading.time <= newest) continue
    newest = reading.time
    release(newest - MAX_DELAY_MS - 1)
  }
  release(Number.MAX_SAFE_INTEGER)
  return out.outcome()
}

function add(heap: Reading[], reading: Reading): void {
  let at = heap.length
  heap.push(reading)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above] as Reading
    if (parent.time <= reading.time) break
    heap[at] = parent
    at = above
  }
  heap[at] = reading
}

function pop(heap: Reading[]): Reading {
  const top = heap[0] as Reading
  const moved = heap.pop() as Reading
  const { length } = heap
  if (length === 0) return top
  let at = 0
  for (let below = 1; below < length; below = 2 * at + 1) {
    if (below + 1 < length && (heap[below + 1] as Reading).time < (heap[below] as Reading).time) below += 1
    if ((heap[below] as Reading).time >= moved.time) break
    heap[at] = heap[below] as Reading
    at = below
  }
  heap[at] = moved
  return top
}
