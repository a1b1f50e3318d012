import { CALENDAR_UNITS, type CalendarUnit, type NumberedUnits } from '../../../time/calendar-unit.ts'
import { TimeZone } from '../../../time/time-zone.ts'
import { alignedSlices } from './aligned-windows.ts'
import { LARGEST_TIMESTAMP, type SliceScheme } from './slice-scheme.ts'
import { LONGEST_MS } from './window-size.ts'

/** Units of a calendar in a time zone. */
export interface CalendarUnits {
  readonly unit: CalendarUnit
  readonly timeZone: string
  /** Moves the edges on the clock: 6 hours make days that start at 06:00. */
  readonly offsetMs: number
}

/**
 * The slices of windows of `size` units that start every `slide` units: aligned windows over the numbers of the units, each
 * number then taken for the time at which that unit starts.
 *
 * A unit of which the zone's clocks show nothing (the hour that is skipped in spring; 30 December 2011 in Samoa) is empty. Where that
 * makes two windows end at once, there is one, which starts as the earlier of them.
 */
export function calendarSlices(units: CalendarUnits, size: number, slide: number): SliceScheme {
  const numbered = alignedSlices(size, slide, 0)
  const edges = new CalendarEdges(units)
  /** The number before which the window with this end ends; of several with the same end, the smallest. */
  const endNumber = (end: number): number => numbered.firstWindowEnd(edges.numberAt(end - 1))
  return Object.freeze({
    isOneSliceEach: size === slide,
    sliceStart: (time: number) => edges.startOf(numbered.sliceStart(edges.numberAt(Math.floor(time)))),
    sliceEnd: (start: number) => edges.startOf(numbered.sliceEnd(numbered.sliceStart(edges.numberAt(start)))),
    firstWindowEnd: (time: number) => edges.startOf(numbered.firstWindowEnd(edges.numberAt(Math.floor(time)))),
    lastWindowEnd: (time: number) => edges.startOf(numbered.lastWindowEnd(edges.numberAt(Math.floor(time)))),
    lastPassedEnd(watermark: number) {
      if (watermark > LARGEST_TIMESTAMP + LONGEST_MS) return Number.POSITIVE_INFINITY
      if (watermark < -LARGEST_TIMESTAMP) return Number.NEGATIVE_INFINITY
      return edges.startOf(numbered.lastPassedEnd(edges.numberAt(Math.floor(watermark) + 1) - 1))
    },
    windowStart: (end: number) => edges.startOf(numbered.windowStart(endNumber(end))),
    nextWindowEnd(end: number) {
      let number = endNumber(end)
      while (edges.startOf(number) <= end) number = numbered.nextWindowEnd(number)
      return edges.startOf(number)
    },
  })
}

const CACHED_STARTS = 4_096

/** When the units start: at the first time at which the zone's clocks show their start, or more. */
class CalendarEdges {
  readonly #units: NumberedUnits
  readonly #zone: TimeZone
  readonly #offsetMs: number
  // Caches of pure look-ups, no state.
  readonly #starts = new Map<number, number>()
  /** The units that were asked for last: records out of order go to and fro between two. */
  #number = 0
  #start = 0
  #end = 0
  #otherNumber = 0
  #otherStart = 0
  #otherEnd = 0

  constructor({ unit, timeZone, offsetMs }: CalendarUnits) {
    this.#units = CALENDAR_UNITS[unit]
    this.#zone = new TimeZone(timeZone)
    this.#offsetMs = offsetMs
  }

  startOf(number: number): number {
    let start = this.#starts.get(number)
    if (start === undefined) {
      start = this.#zone.firstTimeAt(this.#units.startOf(number) + this.#offsetMs)
      if (this.#starts.size >= CACHED_STARTS) this.#starts.clear()
      this.#starts.set(number, start)
    }
    return start
  }

  /** The number of the last unit that has started by a time. */
  numberAt(time: number): number {
    if (time >= this.#start && time < this.#end) return this.#number
    if (time >= this.#otherStart && time < this.#otherEnd) return this.#otherNumber
    let number = this.#units.numberOf(time + this.#zone.offsetAt(time) - this.#offsetMs)
    // Off where clocks have gone back over a start, or forward over a whole unit.
    while (this.startOf(number) > time) number -= 1
    while (this.startOf(number + 1) <= time) number += 1
    this.#otherNumber = this.#number
    this.#otherStart = this.#start
    this.#otherEnd = this.#end
    this.#number = number
    this.#start = this.startOf(number)
    this.#end = this.startOf(number + 1)
    return number
  }
}
