import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHANGES, type ClockWalk, LABELS, unitStarts, walkClocks } from '../../../../test/calendar-model.ts'
import { propertyRuns } from '../../../../test/property-runs.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../../../elements/timestamp.ts'
import type { CalendarUnit } from '../../../time/calendar-unit.ts'
import { calendarWindows, cumulativeCalendarWindows, slidingCalendarWindows } from './calendar-windows.ts'
import type { SlicedWindows } from './slice-scheme.ts'

const DAY_MS = 86_400_000
const LARGEST = 8_640_000_000_000_000
const iso = (time: number | undefined): string => new Date(time ?? Number.NaN).toISOString()
const at = (text: string): number => Date.parse(text)
const edges = (windows: SlicedWindows, time: string): string[] => {
  const [window] = windows.assign(at(time))
  return [iso(window?.start), iso(window?.end)]
}

const walks = CHANGES.map(([timeZone, day]) => walkClocks(timeZone, at(day) - 2 * DAY_MS, at(day) + 2 * DAY_MS))

interface Comparison {
  readonly windows: SlicedWindows
  /** Where units start, by the walk. */
  readonly starts: readonly number[]
}

/** Made once: windows know what they have looked up, as in a job. */
const comparisons = new Map<string, Comparison>()
function comparison(unit: CalendarUnit, walk: ClockWalk, offset: number): Comparison {
  const name = `${unit} ${walk.timeZone} ${walk.from} ${offset}`
  let made = comparisons.get(name)
  if (made === undefined) {
    made = {
      windows: calendarWindows(unit, { timeZone: walk.timeZone, offset }),
      starts: unitStarts(walk, offset, LABELS[unit]),
    }
    comparisons.set(name, made)
  }
  return made
}

describe('calendar windows', () => {
  it('have 23, 24 or 25 hours in Berlin', () => {
    const days = calendarWindows('day', { timeZone: 'Europe/Berlin' })
    expect(edges(days, '2026-03-29T12:00:00Z')).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'])
    expect(edges(days, '2026-03-30T12:00:00Z')).toEqual(['2026-03-29T22:00:00.000Z', '2026-03-30T22:00:00.000Z'])
    expect(edges(days, '2026-10-25T12:00:00Z')).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'])
  })

  it('start when clocks go forward, on a day without a midnight', () => {
    const days = calendarWindows('day', { timeZone: 'America/Sao_Paulo' })
    expect(edges(days, '2018-11-04T12:00:00Z')).toEqual(['2018-11-04T03:00:00.000Z', '2018-11-05T02:00:00.000Z'])
    const beirut = calendarWindows('day', { timeZone: 'Asia/Beirut' })
    expect(edges(beirut, '2022-03-27T12:00:00Z')).toEqual(['2022-03-26T22:00:00.000Z', '2022-03-27T21:00:00.000Z'])
  })

  it('start at the first of two midnights', () => {
    const days = calendarWindows('day', { timeZone: 'America/St_Johns' })
    expect(edges(days, '2010-11-07T02:31:00Z')).toEqual(['2010-11-07T02:30:00.000Z', '2010-11-08T03:30:00.000Z'])
    expect(edges(days, '2010-11-07T03:00:00Z')).toEqual(['2010-11-07T02:30:00.000Z', '2010-11-08T03:30:00.000Z'])
  })

  it('leave out the day that Samoa left out', () => {
    const days = calendarWindows('day', { timeZone: 'Pacific/Apia' })
    expect(edges(days, '2011-12-30T09:59:59.999Z')).toEqual(['2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z'])
    expect(edges(days, '2011-12-30T10:00:00Z')).toEqual(['2011-12-30T10:00:00.000Z', '2011-12-31T10:00:00.000Z'])
    // Of the windows of days 28 to 29 and 29 to 30, which both end when 29 does, there is the first.
    const pairs = slidingCalendarWindows('day', 2, 1, { timeZone: 'Pacific/Apia' })
    expect(pairs.assign(at('2011-12-29T12:00:00Z')).map(({ start, end }) => [iso(start), iso(end)])).toEqual([
      ['2011-12-28T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
    ])
  })

  it('have the seconds of local mean time', () => {
    const days = calendarWindows('day', { timeZone: 'Asia/Manila' })
    // 15 h 56 min behind London until it left out the last day of 1844.
    expect(edges(days, '1844-12-30T00:00:00Z')).toEqual(['1844-12-29T15:56:08.000Z', '1844-12-30T15:56:08.000Z'])
    const berlin = calendarWindows('day', { timeZone: 'Europe/Berlin' })
    expect(edges(berlin, '1893-03-31T12:00:00Z')).toEqual(['1893-03-30T23:06:32.000Z', '1893-03-31T23:06:32.000Z'])
  })

  it('are months, quarters and years as long as they are', () => {
    const options = { timeZone: 'Asia/Kathmandu' }
    expect(edges(calendarWindows('month', options), '2024-02-29T18:14:59Z')).toEqual([
      '2024-01-31T18:15:00.000Z',
      '2024-02-29T18:15:00.000Z',
    ])
    expect(edges(calendarWindows('quarter', options), '2024-02-29T18:14:59Z')).toEqual([
      '2023-12-31T18:15:00.000Z',
      '2024-03-31T18:15:00.000Z',
    ])
    expect(edges(calendarWindows('year', options), '1969-12-31T18:29:59Z')).toEqual([
      '1968-12-31T18:30:00.000Z',
      '1969-12-31T18:30:00.000Z',
    ])
  })

  it('start where the offset says on the clock, on every day', () => {
    const days = calendarWindows('day', { timeZone: 'Europe/Berlin', offset: '6h' })
    expect(edges(days, '2026-03-29T03:59:59Z')).toEqual(['2026-03-28T05:00:00.000Z', '2026-03-29T04:00:00.000Z'])
    const weeks = calendarWindows('week', { timeZone: 'UTC', offset: -DAY_MS })
    expect(edges(weeks, '2026-11-25T00:00:00Z')).toEqual(['2026-11-22T00:00:00.000Z', '2026-11-29T00:00:00.000Z'])
  })

  it('agree with clocks that are looked at every minute', () => {
    const units = Object.keys(LABELS) as CalendarUnit[]
    fc.assert(
      fc.property(
        fc.constantFrom(...walks),
        fc.constantFrom<CalendarUnit>('hour', 'day', ...units),
        fc.constantFrom(0, 0, 30 * 60_000, -15 * 60_000, 6 * 3_600_000, -3 * 3_600_000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (walk, unit, wanted, random) => {
          const offset = unit === 'hour' ? wanted % 3_600_000 : wanted
          const { windows, starts } = comparison(unit, walk, offset)
          const from = starts.length > 10 ? Math.floor(random * (starts.length - 10)) : 0
          starts.slice(from, from + 10).forEach((start, n) => {
            expect(windows.slices.sliceStart(start)).toBe(start)
            expect(windows.slices.sliceStart(start - 1)).toBeLessThan(start)
            expect(windows.slices.firstWindowEnd(start - 1)).toBe(start)
            const next = starts[from + n + 1]
            if (next === undefined) return
            expect(windows.assign(start)).toEqual([{ start, end: next }])
            expect(windows.assign(Math.floor((start + next) / 2))).toEqual([{ start, end: next }])
            expect(windows.assign(next - 1)).toEqual([{ start, end: next }])
          })
        },
      ),
      { numRuns: propertyRuns() },
    )
  })
})

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Pacific/Apia',
  'Asia/Manila',
  'Australia/Lord_Howe',
  '-03:30',
]

/** Any windows by slices over calendars, and a time. */
const cases = fc
  .record({
    timeZone: fc.constantFrom(...zones),
    unit: fc.constantFrom<CalendarUnit>('hour', 'day', 'day', 'week', 'month', 'quarter', 'year'),
    sizes: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    stepMs: fc.constantFrom(60_000, 1_000_000, 3_600_000),
    kind: fc.constantFrom('tumbling', 'sliding', 'cumulative'),
    offset: fc.constantFrom(0, 1, -1, 1_800_000),
    time: fc.oneof(
      fc.integer({ min: -LARGEST, max: LARGEST }),
      fc.integer({ min: at('1840-01-01'), max: at('2040-01-01') }),
      fc.constantFrom(...CHANGES.map(([, day]) => at(day))),
      fc.constantFrom(LARGEST, -LARGEST, 0),
    ),
  })
  .map(({ timeZone, unit, sizes: [a, b], stepMs, kind, offset, time }) => {
    const options = { timeZone, offset }
    const windows: SlicedWindows =
      kind === 'tumbling'
        ? calendarWindows(unit, options)
        : kind === 'sliding'
          ? slidingCalendarWindows(unit, Math.max(a, b), Math.min(a, b), options)
          : cumulativeCalendarWindows(unit, stepMs, options)
    return { windows, time }
  })

describe('windows by slices over calendars', () => {
  it('hold their times, and are whole numbers of slices', () => {
    fc.assert(
      fc.property(cases, ({ windows, time }) => {
        const { slices } = windows
        const start = slices.sliceStart(time)
        const end = slices.sliceEnd(start)
        expect(Number.isSafeInteger(start) && Number.isSafeInteger(end)).toBe(true)
        expect(start <= time && time < end).toBe(true)
        const lastEnd = slices.lastWindowEnd(time)
        let windowEnd = slices.firstWindowEnd(time)
        let before = Number.NEGATIVE_INFINITY
        for (let n = 0; windowEnd <= lastEnd && n < 30; n++) {
          const windowStart = slices.windowStart(windowEnd)
          expect(windowStart <= start && end <= windowEnd && windowStart >= before).toBe(true)
          expect(slices.sliceStart(windowStart)).toBe(windowStart)
          expect(slices.sliceStart(windowEnd)).toBe(windowEnd)
          before = windowStart
          const next = slices.nextWindowEnd(windowEnd)
          expect(next).toBeGreaterThan(windowEnd)
          // Between two ends there is none.
          expect(slices.lastPassedEnd(next - 2)).toBe(windowEnd)
          expect(slices.lastPassedEnd(windowEnd - 1)).toBe(windowEnd)
          windowEnd = next
        }
        for (const other of [start, end - 1]) {
          expect(slices.firstWindowEnd(other)).toBe(slices.firstWindowEnd(time))
          expect(slices.lastWindowEnd(other)).toBe(lastEnd)
        }
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('have all passed at the end of time, and none before it began', () => {
    for (const windows of [
      calendarWindows('month', { timeZone: 'UTC' }),
      cumulativeCalendarWindows('day', '1h', { timeZone: 'UTC' }),
    ]) {
      expect(windows.slices.lastPassedEnd(MAX_WATERMARK)).toBe(Number.POSITIVE_INFINITY)
      expect(windows.slices.lastPassedEnd(MIN_WATERMARK)).toBe(Number.NEGATIVE_INFINITY)
    }
  })

  it('grow within a day that has 23 hours, and one that has 25', () => {
    const hourly = cumulativeCalendarWindows('day', '1h', { timeZone: 'Europe/Berlin' })
    const midnight = at('2026-03-28T23:00:00Z')
    expect(hourly.assign(midnight)).toEqual(
      Array.from({ length: 23 }, (_, hour) => ({ start: midnight, end: midnight + (hour + 1) * 3_600_000 })),
    )
    const sevenHourly = cumulativeCalendarWindows('day', '7h', { timeZone: 'Europe/Berlin' })
    expect(sevenHourly.assign(midnight).map(({ end }) => iso(end))).toEqual([
      '2026-03-29T06:00:00.000Z',
      '2026-03-29T13:00:00.000Z',
      '2026-03-29T20:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ])
  })
})

describe('what cannot be a calendar window', () => {
  const invalid = (text: RegExp) =>
    expect.objectContaining({ code: 'CORE_WINDOW_INVALID', message: expect.stringMatching(text) })
  const utc = { timeZone: 'UTC' }

  it('is refused with the value that was given', () => {
    expect(() => calendarWindows('fortnight' as CalendarUnit, utc)).toThrow(invalid(/"fortnight"/))
    expect(() => calendarWindows('day', { timeZone: 'Europe/Atlantis' })).toThrow(invalid(/"Europe\/Atlantis"/))
    expect(() => calendarWindows('day', {} as never)).toThrow(invalid(/undefined/))
    expect(() => calendarWindows('day', { ...utc, offset: '24h' })).toThrow(invalid(/'24h'/))
    expect(() => calendarWindows('hour', { ...utc, offset: 0.5 })).toThrow(invalid(/0\.5/))
    for (const n of [0, -1, 1.5, Number.NaN, 1e9]) {
      expect(() => slidingCalendarWindows('day', n, 1, utc)).toThrow(invalid(new RegExp(`size was ${n}`)))
      expect(() => slidingCalendarWindows('day', 7, n, utc)).toThrow(invalid(new RegExp(`slide was ${n}`)))
    }
    expect(() => slidingCalendarWindows('day', 2, 3, utc)).toThrow(invalid(/windows of 2 were to start every 3/))
    expect(() => cumulativeCalendarWindows('day', '25h', utc)).toThrow(invalid(/grow by 90000000 ms/))
    expect(() => cumulativeCalendarWindows('day', 0, utc)).toThrow(invalid(/step was 0/))
  })
})
