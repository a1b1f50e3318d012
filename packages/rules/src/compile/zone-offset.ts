const DAY_MS = 86_400_000

/** What the clocks of a time zone show, by the runtime's own time zone data. */
export class ZoneOffset {
  readonly #format: Intl.DateTimeFormat

  /** @throws RangeError for a zone that the runtime does not know. */
  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
    })
  }

  /** How far the zone's clocks are ahead of UTC at a time since 1900, in ms. */
  at(time: number): number {
    const field: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(time)) field[type] = Number(value)
    const { year = 0, month = 1, day = 0, hour = 0, minute = 0, second = 0 } = field
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1_000) * 1_000
  }

  /**
   * The first time at which the clocks show `local` (ms since 1970 as if that were UTC) or later. Where they go forward over
   * it, that is the moment when they do; where they show it twice, the first. No zone changes twice within two days.
   */
  firstTimeAt(local: number): number {
    const before = this.at(local - DAY_MS)
    const after = this.at(local + DAY_MS)
    if (before === after) return local - before
    const change = this.#changeBetween(local - DAY_MS, local + DAY_MS, before)
    return local - before < change ? local - before : Math.max(change, local - after)
  }

  #changeBetween(start: number, end: number, offset: number): number {
    let [same, other] = [start, end]
    while (other - same > 1) {
      const middle = Math.floor((same + other) / 2)
      if (this.at(middle) === offset) same = middle
      else other = middle
    }
    return other
  }
}
