import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAYS, type Schedule } from '../schema/schedule.ts'
import { scheduleClock } from './schedule-clock.ts'

const at = (text: string) => Date.parse(text)
const night: Schedule = { from: '22:00', to: '06:00', zone: 'Europe/Berlin' }

/** What a wall clock in the zone shows, asked of the runtime in another way than the schedule does. */
function wallClock(time: number, zone: string): { day: string; minute: number } {
  const text = new Date(time).toLocaleString('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  const [, day = '', hour, minute] = /^(\w{3})\D*(\d\d):(\d\d)/.exec(text) ?? []
  return { day: day.toLowerCase(), minute: Number(hour) * 60 + Number(minute) }
}

describe('a schedule', () => {
  it('holds from its start until its end, the end not included', () => {
    const { holdsAt } = bound(night)
    expect(holdsAt(at('2026-01-14T21:59:59.999+01:00'))).toBe(false)
    expect(holdsAt(at('2026-01-14T22:00:00+01:00'))).toBe(true)
    expect(holdsAt(at('2026-01-15T05:59:59.999+01:00'))).toBe(true)
    expect(holdsAt(at('2026-01-15T06:00:00+01:00'))).toBe(false)
  })

  it('counts a night to the day on which it begins', () => {
    const { holdsAt } = bound({ ...night, days: ['fri'] })
    expect(holdsAt(at('2026-01-16T02:00:00+01:00'))).toBe(false) // Thursday's night, on Friday
    expect(holdsAt(at('2026-01-17T02:00:00+01:00'))).toBe(true) // Friday's, on Saturday
  })

  it('lasts an hour less in the night when clocks go forward, and an hour more when they go back', () => {
    const { changesAfter } = bound(night)
    const hours = (noon: string) => {
      const start = changesAfter(at(noon))
      return (changesAfter(start) - start) / 3_600_000
    }
    expect([hours('2026-03-28T12:00:00Z'), hours('2026-03-29T12:00:00Z'), hours('2026-10-24T12:00:00Z')]).toEqual([
      7, 8, 9,
    ])
  })

  it('begins when clocks go forward over its start, and the first time that they show it', () => {
    const { changesAfter } = bound({ ...night, from: '02:30', to: '05:00' })
    expect(changesAfter(at('2026-03-28T12:00:00Z'))).toBe(at('2026-03-29T03:00:00+02:00'))
    expect(changesAfter(at('2026-10-24T12:00:00Z'))).toBe(at('2026-10-25T02:30:00+02:00'))
  })

  it('takes the zone of the ward, else the default', () => {
    const zone: Schedule['zone'] = { default: 'UTC', wards: { icu: 'Asia/Kolkata' } }
    const noon = at('2026-01-14T17:00:00Z') // 22:30 in India
    expect(scheduleClock({ ...night, zone }, 'icu').holdsAt(noon)).toBe(true)
    expect(scheduleClock({ ...night, zone }, 'other').holdsAt(noon)).toBe(false)
    expect(scheduleClock({ ...night, zone }).holdsAt(noon)).toBe(false)
  })

  it('says what a wall clock in the zone says, minute by minute, away from changes of the clocks', () => {
    const minute = fc.integer({ min: 0, max: 1_439 })
    const clock = (m: number) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`
    fc.assert(
      fc.property(
        minute,
        minute,
        fc.subarray([...DAYS], { minLength: 1 }),
        fc.constantFrom('UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'),
        fc.array(fc.integer({ min: at('2026-05-01T00:00:00Z'), max: at('2026-08-30T00:00:00Z') }), { minLength: 1 }),
        (from, to, days, zone, times) => {
          const { holdsAt, changesAfter } = bound({ from: clock(from), to: clock(to), days, zone })
          const expected = (time: number) => {
            const { day, minute: now } = wallClock(time, zone)
            const today = DAYS.indexOf(day as 'mon')
            const [begins, began] = [days.includes(DAYS[today] as 'mon'), days.includes(DAYS[(today + 6) % 7] as 'mon')]
            return from < to ? begins && now >= from && now < to : (begins && now >= from) || (began && now < to)
          }
          for (const time of times) {
            expect(holdsAt(time)).toBe(expected(time))
            const change = changesAfter(time)
            if (change === Infinity) continue
            expect([expected(change - 1), expected(change)]).toEqual([expected(time), !expected(time)])
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('that holds on every day and all of it never changes', () => {
    const { holdsAt, changesAfter } = bound({ from: '00:00', to: '24:00', zone: 'UTC' })
    expect(holdsAt(0)).toBe(true)
    expect(changesAfter(0)).toBe(Infinity)
  })

  it('refuses a zone that nobody knows', () => {
    expect(() => scheduleClock({ ...night, zone: 'Europe/Atlantis' })).toThrow(RangeError)
  })
})

function bound(data: Schedule) {
  const made = scheduleClock(data)
  return { holdsAt: (t: number) => made.holdsAt(t), changesAfter: (t: number) => made.changesAfter(t) }
}
