import { DAYS, type Schedule } from '../schema/schedule.ts'
import { ZoneOffset } from './zone-offset.ts'

/** When a schedule holds, in the time zone of one ward. */
export interface ScheduleClock {
  holdsAt(time: number): boolean
  /** The first time after `time` at which it begins or ends to hold; Infinity where it never does. */
  changesAfter(time: number): number
}

const DAY_MS = 86_400_000
const LONGEST_MS = 9 * DAY_MS

/**
 * A schedule that can be asked. A stretch is `[from, to)`, each end at the first moment when the clocks show it or later; so a
 * night in which clocks are changed is an hour longer or shorter. The stretch that was asked for last is remembered.
 *
 * @throws RangeError for a time zone that the runtime does not know.
 */
export function scheduleClock(schedule: Schedule, ward?: string): ScheduleClock {
  return new ZonedSchedule(schedule, new ZoneOffset(zoneOf(schedule, ward)))
}

function zoneOf({ zone }: Schedule, ward: string | undefined): string {
  if (typeof zone === 'string') return zone
  return (ward === undefined ? undefined : zone.wards[ward]) ?? zone.default
}

class ZonedSchedule implements ScheduleClock {
  readonly #zone: ZoneOffset
  readonly #fromMs: number
  readonly #toMs: number
  readonly #days: ReadonlySet<number>
  /** It holds, or does not, on all of `[#since, #until)`. A cache of pure look-ups. */
  #since = Infinity
  #until = -Infinity
  #holds = false

  constructor({ from, to, days = DAYS }: Schedule, zone: ZoneOffset) {
    this.#zone = zone
    this.#fromMs = msOfDay(from)
    this.#toMs = msOfDay(to) + (msOfDay(to) > this.#fromMs ? 0 : DAY_MS)
    this.#days = new Set(days.map((day) => DAYS.indexOf(day)))
  }

  holdsAt(time: number): boolean {
    if (!(time >= this.#since && time < this.#until)) this.#find(time)
    return this.#holds
  }

  changesAfter(time: number): number {
    const holds = this.holdsAt(time)
    // Stretches may follow each other without a gap; what a week does not change never changes.
    for (let change = this.#until; change < time + LONGEST_MS; change = this.#until) {
      if (this.holdsAt(change) !== holds) return change
    }
    return Infinity
  }

  /** Looks at the stretches that begin from two days before until nine after: one of them is there, or none ever. */
  #find(time: number): void {
    const today = Math.floor((time + this.#zone.at(time)) / DAY_MS)
    this.#since = -Infinity
    this.#until = Infinity
    this.#holds = false
    for (let day = today - 2; day <= today + 9; day++) {
      // 1970 began on a Thursday.
      if (!this.#days.has((((day + 3) % 7) + 7) % 7)) continue
      const start = this.#zone.firstTimeAt(day * DAY_MS + this.#fromMs)
      const end = this.#zone.firstTimeAt(day * DAY_MS + this.#toMs)
      if (end <= time) this.#since = end
      else if (start <= time) {
        ;[this.#since, this.#until, this.#holds] = [start, end, true]
        return
      } else {
        this.#until = start
        return
      }
    }
  }
}

function msOfDay(time: string): number {
  const [hours, minutes] = time.split(':').map(Number) as [number, number]
  return (hours * 60 + minutes) * 60_000
}
