import { describe, expect, it } from 'vitest'
import { drive, late, type Reading, type Step } from '../../../test/window-driver.ts'
import { NO_TIMESTAMP } from '../../elements/timestamp.ts'
import type { Aggregates } from '../../functions/aggregate-function.ts'
import { count } from '../../functions/aggregates/count.ts'
import { max } from '../../functions/aggregates/max.ts'
import { slidingEventTimeWindows } from './assigners/sliding-event-time-windows.ts'
import { tumblingEventTimeWindows } from './assigners/tumbling-event-time-windows.ts'
import { sliceWindow } from './slice-window.ts'

// Single behaviours by name; all of them together are held by the properties in test/windows.test.ts.

const record = (key: string, time: number, value = 1): Step => ({ type: 'record', reading: { key, time, value } })
const watermark = (time: number): Step => ({ type: 'watermark', watermark: time })
const readings = { readings: count<Reading>() }
const row = (key: string, start: number, end: number, n: number) => ({
  result: { key, window: { start, end }, readings: n },
  timestamp: end - 1,
})

describe('a tumbling window', () => {
  const factory = sliceWindow(tumblingEventTimeWindows(10), readings, { lateOutput: late })

  it("fires once, when the watermark reaches the window's end less one", () => {
    const steps = [record('a', 0), record('a', 9), record('a', 10), watermark(8)]
    expect(drive(factory, steps, 'never').emitted).toEqual([])
    expect(drive(factory, [...steps, watermark(9), watermark(15)], 'never').emitted).toEqual([row('a', 0, 10, 2)])
  })

  it('gives the earliest window first, in it the smallest key, and nothing for a key without a record', () => {
    const steps = [record('b', 12), record('b', 3), record('a', 25), record('a', 4), watermark(100)]
    expect(drive(factory, steps, 'never').emitted).toEqual([
      row('a', 0, 10, 1),
      row('b', 0, 10, 1),
      row('b', 10, 20, 1),
      row('a', 20, 30, 1),
    ])
  })

  it('sends a late record to the late output and counts it', () => {
    const { emitted, late, counters } = drive(factory, [record('a', 1), watermark(9), record('a', 2)], 'never')
    expect(emitted).toEqual([row('a', 0, 10, 1)])
    expect(late).toEqual([{ key: 'a', time: 2, value: 1 }])
    expect(counters).toMatchObject({ late: 1, partlyLate: 0 })
  })

  it('takes a record as late by the watermark, also where no window was there to fire', () => {
    expect(drive(factory, [record('a', 55), watermark(20), record('a', 2)], 'never').counters).toMatchObject({
      late: 1,
    })
  })

  it('fires again at once for a record within the allowed lateness, and keeps its state until then', () => {
    const patient = sliceWindow(tumblingEventTimeWindows(10), readings, { allowedLateness: 5, lateOutput: late })
    const steps = [record('a', 1), watermark(9), record('a', 2), watermark(13), record('a', 3)]
    const { emitted, late: none } = drive(patient, steps, 'never')
    expect(emitted).toEqual([row('a', 0, 10, 1), row('a', 0, 10, 2), row('a', 0, 10, 3)])
    expect(none).toEqual([])
    const tooLate = drive(patient, [...steps, watermark(14), record('a', 4)], 'never')
    expect(tooLate.late).toHaveLength(1)
    expect(tooLate.keyCount).toBe(0)
  })

  it('refuses records without a time, and with one that no date has', () => {
    const code = (text: string) => expect.objectContaining({ code: text })
    expect(() => drive(factory, [record('a', NO_TIMESTAMP)], 'never')).toThrow(code('CORE_TIMESTAMP_MISSING'))
    expect(() => drive(factory, [record('a', Number.NaN)], 'never')).toThrow(code('CORE_TIMESTAMP_INVALID'))
    expect(() => drive(factory, [record('a', 1e300)], 'never')).toThrow(code('CORE_TIMESTAMP_INVALID'))
  })
})

describe('a sliding window', () => {
  const factory = sliceWindow(slidingEventTimeWindows(10, 5), readings, { lateOutput: late })

  it('gives a record to each of its windows', () => {
    expect(drive(factory, [record('a', 7), watermark(100)], 'never').emitted).toEqual([
      row('a', 0, 10, 1),
      row('a', 5, 15, 1),
    ])
  })

  it('counts a record that is late for one window in the other', () => {
    const { emitted, late, counters } = drive(
      factory,
      [record('a', 7), watermark(9), record('a', 8), watermark(100)],
      'never',
    )
    expect(emitted).toEqual([row('a', 0, 10, 1), row('a', 5, 15, 2)])
    expect(late).toEqual([])
    expect(counters).toMatchObject({ late: 0, partlyLate: 1 })
  })

  it('starts for a key whose first record is late for one window', () => {
    const steps = [record('b', 1), watermark(9), record('a', 8), watermark(100)]
    expect(drive(factory, steps, 'never').emitted).toEqual([row('b', -5, 5, 1), row('b', 0, 10, 1), row('a', 5, 15, 1)])
  })

  it('fires again those windows that have fired and are still kept, the earliest first', () => {
    const patient = sliceWindow(slidingEventTimeWindows(10, 5), readings, { allowedLateness: 20 })
    const steps = [record('a', 7), watermark(14), record('a', 6)]
    expect(drive(patient, steps, 'never').emitted).toEqual([
      row('a', 0, 10, 1),
      row('a', 5, 15, 1),
      row('a', 0, 10, 2),
      row('a', 5, 15, 2),
    ])
  })
})

describe('the cost of a record in a sliding window', () => {
  it('is the same at any size / slide: within half as much again from 2 : 1 to 600 : 1', () => {
    const steps = Array.from({ length: 6_000 }, (_, i): Step[] => [
      record('a', i * 10),
      record('a', i * 10 + 5),
      ...(i % 7 === 6 ? [watermark(i * 10)] : []),
    ]).flat()
    const calls = [2, 10, 60, 600].map((ratio) => {
      let n = 0
      const counted = <F extends (...given: never[]) => unknown>(fn: F): F =>
        ((...given: never[]) => {
          n += 1
          return fn(...given)
        }) as unknown as F
      const { create, add, merge, result } = count<Reading>()
      const all = { create: counted(create), add: counted(add), merge: counted(merge), result: counted(result) }
      const factory = sliceWindow(slidingEventTimeWindows(ratio * 10, 10), { n: { name: 'counted', ...all } })
      drive(factory, [...steps, watermark(Number.POSITIVE_INFINITY)], 'never')
      return n
    })
    expect(Math.max(...calls) / Math.min(...calls)).toBeLessThan(1.5)
  })
})

describe('a window step', () => {
  it('refuses names that its result has already, and no lateness', () => {
    const windows = tumblingEventTimeWindows(10)
    const refusal = (aggregates: Aggregates<Reading>) => () => sliceWindow(windows, aggregates)
    expect(refusal({ key: count() })).toThrow(/an aggregate was called 'key'/)
    expect(refusal({ window: count() })).toThrow(/an aggregate was called 'window'/)
    expect(refusal({})).toThrow(expect.objectContaining({ code: 'CORE_AGGREGATE_INVALID' }))
    for (const allowedLateness of [-1, 0.5, Number.NaN]) {
      expect(() => sliceWindow(windows, readings, { allowedLateness })).toThrow(
        expect.objectContaining({ code: 'CORE_WINDOW_INVALID' }),
      )
    }
  })

  it('says what it does', () => {
    const aggregates = { highest: max((r: Reading) => r.value), readings: count<Reading>() }
    const factory = sliceWindow(slidingEventTimeWindows(10, 5, { offset: 2 }), aggregates, { lateOutput: late })
    expect(factory).toMatchObject({
      kind: 'sliding-window',
      detail: '10 ms every 5 ms from 2 ms; highest: max, readings: count',
      sideOutputs: ['late'],
    })
  })

  it('takes aggregates under any name', () => {
    const aggregates = { "it's \\ \u2028 `${x}`": count<Reading>(), 1: count<Reading>(), constructor: count<Reading>() }
    const factory = sliceWindow(tumblingEventTimeWindows(10), aggregates)
    expect(drive(factory, [record('a', 1), { type: 'restore' }, watermark(9)], 'never').emitted[0]?.result).toEqual({
      key: 'a',
      window: { start: 0, end: 10 },
      "it's \\ \u2028 `${x}`": 1,
      1: 1,
      constructor: 1,
    })
  })
})
