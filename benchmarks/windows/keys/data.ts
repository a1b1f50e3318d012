import type { Make } from '../../harness/benchmark.ts'
import { randomFrom } from '../../harness/random.ts'

export interface Reading {
  readonly deviceId: string
  readonly time: number
  readonly value: number
}

export const WINDOW_MS = 60_000
export const KEYS = 1_000_000
const EVENTS = 3_000_000
const START = 1_700_000_040_000

/** A million devices, three readings of each in one window; the last reading is the moment when all of them are held. */
export const make: Make<readonly Reading[]> = () => {
  const random = randomFrom(4)
  const devices = Array.from({ length: KEYS }, (_, i) => `device-${i}`)
  const data = Array.from({ length: EVENTS }, (_, i): Reading => {
    // Each device once, then any.
    const device = i < KEYS ? i : Math.floor(random() * KEYS)
    return {
      deviceId: devices[device] as string,
      time: START + Math.floor((i * 50_000) / EVENTS),
      value: Math.floor(random() * 1_000) / 8,
    }
  })
  return { data, events: EVENTS }
}
