import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { type Reading, SILENT_MS } from './data.ts'

interface Patient {
  readings: number
  since: number
  heartRate: number
  /** When silence is found; 0 where no timer is set. */
  deadline: number
}

/** An entry of the heap. It may be older than the patient's deadline: then it goes back in with the new one. */
interface Entry {
  readonly patient: Patient
  time: number
}

/** A Map of state by key, and a binary heap of timers in which a patient stands at most once. */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  const patients = new Map<string, Patient>()
  const heap: Entry[] = []
  let newest = Number.MIN_SAFE_INTEGER

  const fire = (until: number): void => {
    while (heap.length > 0 && (heap[0] as Entry).time <= until) {
      const entry = heap[0] as Entry
      const { patient } = entry
      if (patient.deadline > entry.time) {
        entry.time = patient.deadline
        siftDown(heap)
        continue
      }
      patient.deadline = 0
      out.add(patient.since, patient.readings, patient.heartRate, 1)
      patient.readings = 0
      const last = heap.pop() as Entry
      if (heap.length > 0) {
        heap[0] = last
        siftDown(heap)
      }
    }
  }

  for (let i = 0; i < readings.length; i++) {
    const { patientId, time, heartRate } = readings[i] as Reading
    let patient = patients.get(patientId)
    if (patient === undefined) {
      patient = { readings: 0, since: 0, heartRate: 0, deadline: 0 }
      patients.set(patientId, patient)
    }
    patient.readings++
    patient.since = time
    patient.heartRate = heartRate
    const isWaiting = patient.deadline !== 0
    patient.deadline = time + SILENT_MS
    if (!isWaiting) {
      heap.push({ patient, time: patient.deadline })
      siftUp(heap)
    }
    if (time > newest) {
      newest = time
      fire(newest - 1)
    }
  }
  fire(Number.MAX_SAFE_INTEGER)
  return out.outcome()
}

function siftUp(heap: Entry[]): void {
  let at = heap.length - 1
  const entry = heap[at] as Entry
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent] as Entry
    if (above.time <= entry.time) break
    heap[at] = above
    at = parent
  }
  heap[at] = entry
}

function siftDown(heap: Entry[]): void {
  const entry = heap[0] as Entry
  const end = heap.length
  let at = 0
  for (let child = 1; child < end; child = 2 * at + 1) {
    if (child + 1 < end && (heap[child + 1] as Entry).time < (heap[child] as Entry).time) child++
    const below = heap[child] as Entry
    if (below.time >= entry.time) break
    heap[at] = below
    at = child
  }
  heap[at] = entry
}
