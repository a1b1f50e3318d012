import { millisecondsOf } from './civil-date.ts'

/** A stretch of time in which a zone's clocks are `offsetMs` ahead of UTC. */
interface Span {
  readonly from: number
  readonly offsetMs: number
}

const STRETCH_MS = 43_200_000
/** Further from UTC no clock has ever been: Manila's was 16 hours behind, Alaska's 15 ahead. */
const FARTHEST_MS = 93_600_000
const LARGEST_TIMESTAMP = 8.64e15
const CACHED_STRETCHES = 4_096

/**
 * What the clocks of a time zone show, and when: the runtime's own time zone data, asked through `Intl`.
 *
 * Asking costs some 5 us, so it is done once for each half day that is wanted: if the offset is the same at both ends of it, it
 * is so all through (no zone has moved there and back within half a day), else the change is found by halving. Offsets may
 * have seconds (local mean time) and change by any amount. Outside of the times of a `Date` the nearest offset holds.
 */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat
  /** By number of half days since the epoch. A cache of pure look-ups: no state. */
  readonly #stretches = new Map<number, readonly Span[]>()

  /** @throws RangeError when the runtime does not know the zone. */
  constructor(id: string) {
    this.#format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: id,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** How far the zone's clocks are ahead of UTC at a time, in ms. */
  offsetAt(time: number): number {
    const spans = this.#stretch(Math.floor(time / STRETCH_MS))
    let offsetMs = 0
    for (const span of spans) if (span.from <= time) offsetMs = span.offsetMs
    return offsetMs
  }

  /**
   * The first time at which the zone's clocks show `local` (ms since 1970 as if that were UTC) or later. Where clocks
   * go forward over it, that is the moment when they do; where they show it twice, the first.
   */
  firstTimeAt(local: number): number {
    for (let stretch = Math.floor((local - FARTHEST_MS) / STRETCH_MS); ; stretch++) {
      const spans = this.#stretch(stretch)
      for (let i = 0; i < spans.length; i++) {
        const { from, offsetMs } = spans[i] as Span
        const time = Math.max(from, local - offsetMs)
        if (time < (spans[i + 1]?.from ?? (stretch + 1) * STRETCH_MS)) return time
      }
    }
  }

  #stretch(index: number): readonly Span[] {
    let spans = this.#stretches.get(index)
    if (spans === undefined) {
      const from = index * STRETCH_MS
      const first = { from, offsetMs: this.#ask(from) }
      const found = [first]
      this.#addChanges(first, from + STRETCH_MS, this.#ask(from + STRETCH_MS), found)
      if (found.at(-1)?.from === from + STRETCH_MS) found.pop()
      spans = found
      if (this.#stretches.size >= CACHED_STRETCHES) this.#stretches.clear()
      this.#stretches.set(index, spans)
    }
    return spans
  }

  /** Finds the changes after the start of `span`, up to `to`, where the offset is `offsetAtEnd`. */
  #addChanges(span: Span, to: number, offsetAtEnd: number, found: Span[]): void {
    if (span.offsetMs === offsetAtEnd) return
    let before = span.from
    let after = to
    let offsetMs = offsetAtEnd
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      const there = this.#ask(middle)
      if (there === span.offsetMs) before = middle
      else {
        after = middle
        offsetMs = there
      }
    }
    const next = { from: after, offsetMs }
    found.push(next)
    this.#addChanges(next, to, offsetAtEnd, found)
  }

  #ask(wanted: number): number {
    const time = Math.min(Math.max(wanted, -LARGEST_TIMESTAMP), LARGEST_TIMESTAMP)
    const field: Record<string, string> = {}
    for (const { type, value } of this.#format.formatToParts(time)) field[type] = value
    const { era, year, month, day, hour, minute, second } = field
    const date = millisecondsOf(era === 'BC' ? 1 - Number(year) : Number(year), Number(month), Number(day))
    const local = date + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000
    return local - Math.floor(time / 1_000) * 1_000
  }
}
