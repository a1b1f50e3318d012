import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { heldBytes } from '../../harness/held-bytes.ts'
import { KEYS, type Reading, WINDOW_MS } from './data.ts'

interface Window {
  count: number
  sum: number
}

/** A Map a window, an object a key. */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  const before = heldBytes()
  let after = 0
  const last = readings.at(-1)
  const windows = new Map<number, Map<string, Window>>()
  const fire = (until: number): void => {
    for (const [start, byKey] of windows) {
      if (start + WINDOW_MS - 1 > until) continue
      for (const { count, sum } of byKey.values()) out.add(start, count, sum / count, 0)
      windows.delete(start)
    }
  }
  let newest = Number.MIN_SAFE_INTEGER
  for (let i = 0; i < readings.length; i++) {
    const reading = readings[i] as Reading
    if (reading === last) after = heldBytes()
    const { deviceId, time, value } = reading
    const start = time - (time % WINDOW_MS)
    let byKey = windows.get(start)
    if (byKey === undefined) {
      byKey = new Map()
      windows.set(start, byKey)
    }
    const window = byKey.get(deviceId)
    if (window === undefined) byKey.set(deviceId, { count: 1, sum: value })
    else {
      window.count++
      window.sum += value
    }
    if (time > newest) {
      // Where a window has ended, all that it held goes out.
      if (newest > 0 && Math.floor(time / WINDOW_MS) > Math.floor(newest / WINDOW_MS)) fire(time - 1)
      newest = time
    }
  }
  fire(Number.MAX_SAFE_INTEGER)
  return { ...out.outcome(), bytesEach: (after - before) / KEYS }
}
