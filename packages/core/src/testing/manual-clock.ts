import { type Duration, parseDuration } from '../time/duration.ts'

/** A clock that moves when it is told to. */
export interface ManualClock {
  /** Ms since 1970 UTC. */
  now(): number
  /** Moves it on. */
  advance(duration: Duration): void
}

/** A clock that stands at `start` until `advance` is called. */
export function manualClock(start = 0): ManualClock {
  let now = start
  return {
    now: () => now,
    advance(duration) {
      now += parseDuration(duration)
    },
  }
}
