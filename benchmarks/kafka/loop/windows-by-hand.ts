import { type Reading, WINDOW_MS } from '../readings.ts'
import { PARTITIONS } from '../topics.ts'
import type { WindowResult } from '../window-results.ts'

interface Held {
  readings: number
  heartRate: number
}

/** Tumbling windows as one writes them by hand: a map by window and key; a window ends when all partitions are past it. */
export class WindowsByHand {
  readonly #windows = new Map<number, Map<string, Held>>()
  readonly #times: number[] = new Array(PARTITIONS).fill(Number.NEGATIVE_INFINITY)
  #oldestEnd = Number.POSITIVE_INFINITY

  /** The results of windows that end with this reading. */
  add(partition: number, { patientId, time, heartRate }: Reading): readonly WindowResult[] {
    const start = time - (time % WINDOW_MS)
    let window = this.#windows.get(start)
    if (window === undefined) {
      window = new Map()
      this.#windows.set(start, window)
      this.#oldestEnd = Math.min(this.#oldestEnd, start + WINDOW_MS)
    }
    const held = window.get(patientId)
    if (held === undefined) window.set(patientId, { readings: 1, heartRate })
    else {
      held.readings += 1
      held.heartRate += heartRate
    }
    this.#times[partition] = time
    return time > this.#oldestEnd ? this.#ended(Math.min(...this.#times)) : NONE
  }

  #ended(watermark: number): WindowResult[] {
    const results: WindowResult[] = []
    for (const start of [...this.#windows.keys()].sort((a, b) => a - b)) {
      this.#oldestEnd = start + WINDOW_MS
      if (start + WINDOW_MS > watermark) break
      for (const [patientId, { readings, heartRate }] of this.#windows.get(start) ?? []) {
        results.push({ patientId, start, readings, heartRate: heartRate / readings })
      }
      this.#windows.delete(start)
    }
    return results
  }
}

const NONE: readonly WindowResult[] = []
