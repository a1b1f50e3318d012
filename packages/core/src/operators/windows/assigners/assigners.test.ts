import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from '../../../../test/property-runs.ts'
import { MAX_WATERMARK, MIN_WATERMARK, NO_TIMESTAMP } from '../../../elements/timestamp.ts'
import type { AlignedWindows } from './aligned-windows.ts'
import { eventTimeSessionWindows } from './event-time-session-windows.ts'
import { slidingEventTimeWindows } from './sliding-event-time-windows.ts'
import { tumblingEventTimeWindows } from './tumbling-event-time-windows.ts'

const LARGEST = 8_640_000_000_000_000

const timestamps = fc.oneof(
  fc.integer({ min: -200, max: 200 }),
  fc.integer({ min: -LARGEST, max: LARGEST }),
  fc.constantFrom(LARGEST, -LARGEST, 0),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
)

const aligned: fc.Arbitrary<AlignedWindows> = fc
  .oneof(
    fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })),
    fc.tuple(fc.integer({ min: 1, max: 1e14 }), fc.constant(0)).map(([size]) => [size, Math.ceil(size / 3)] as const),
  )
  .chain(([a, b]) => {
    const size = Math.max(a, b)
    const slide = Math.min(a, b)
    return fc
      .integer({ min: 1 - slide, max: slide - 1 })
      .map((offset) => slidingEventTimeWindows(size, slide, { offset }))
  })

describe('aligned windows', () => {
  it('are exactly those that hold the timestamp, in whole numbers', () => {
    fc.assert(
      fc.property(aligned, timestamps, (windows, timestamp) => {
        const { sizeMs, slideMs, offsetMs } = windows
        const assigned = windows.assign(timestamp)
        // In BigInt, by the definition: the starts n * slide + offset with start <= t < start + size.
        const t = BigInt(Math.floor(timestamp))
        const slide = BigInt(slideMs)
        const offset = BigInt(offsetMs)
        const modulo = (((t - offset) % slide) + slide) % slide
        const expected: bigint[] = []
        for (let start = t - modulo; start > t - BigInt(sizeMs); start -= slide) expected.unshift(start)
        expect(assigned.map(({ start }) => BigInt(start))).toEqual(expected)
        for (const { start, end } of assigned) expect(BigInt(end)).toBe(BigInt(start) + BigInt(sizeMs))
        expect(windows.slices.firstWindowEnd(timestamp)).toBe(assigned[0]?.end)
        expect(windows.slices.lastWindowEnd(timestamp)).toBe(assigned.at(-1)?.end)
      }),
      { numRuns: propertyRuns(2) },
    )
  })

  it('are whole numbers of slices, at most two a slide', () => {
    fc.assert(
      fc.property(aligned, timestamps, (windows, timestamp) => {
        const start = windows.slices.sliceStart(timestamp)
        const end = windows.slices.sliceEnd(start)
        expect(start <= timestamp && timestamp < end).toBe(true)
        expect(windows.slices.sliceEnd(windows.slices.sliceStart(end)) - start).toBeGreaterThanOrEqual(windows.slideMs)
        for (const window of windows.assign(timestamp)) {
          expect(window.start <= start && end <= window.end).toBe(true)
        }
        // Whoever is in a slice is in the same windows.
        for (const other of [start, end - 1]) {
          expect(windows.slices.firstWindowEnd(other)).toBe(windows.slices.firstWindowEnd(timestamp))
          expect(windows.slices.lastWindowEnd(other)).toBe(windows.slices.lastWindowEnd(timestamp))
        }
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('are passed by the watermark end - 1', () => {
    fc.assert(
      fc.property(aligned, timestamps, (windows, watermark) => {
        const passed = windows.slices.lastPassedEnd(watermark)
        expect(passed - 1 <= watermark && passed + windows.slideMs - 1 > watermark).toBe(true)
        expect(windows.slices.lastWindowEnd(passed - windows.sizeMs)).toBe(passed)
      }),
    )
    expect(tumblingEventTimeWindows(10).slices.lastPassedEnd(MAX_WATERMARK)).toBe(Number.POSITIVE_INFINITY)
    expect(tumblingEventTimeWindows(10).slices.lastPassedEnd(MIN_WATERMARK)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('align to the epoch, moved by the offset', () => {
    expect(tumblingEventTimeWindows('1m').assign(-1)).toEqual([{ start: -60_000, end: 0 }])
    expect(tumblingEventTimeWindows('1m').assign(0)).toEqual([{ start: 0, end: 60_000 }])
    expect(tumblingEventTimeWindows('1d', { offset: '6h' }).assign(0)).toEqual([
      { start: -64_800_000, end: 21_600_000 },
    ])
    expect(tumblingEventTimeWindows('1d', { offset: -8 * 3_600_000 }).offsetMs).toBe(16 * 3_600_000)
  })
})

describe('session windows', () => {
  it('are one gap long for a record alone', () => {
    expect(eventTimeSessionWindows('30s').assign(-5)).toEqual([{ start: -5, end: 29_995 }])
  })
})

describe('what cannot be a window', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2e14, '0s'])('is refused: %s', (size) => {
    expect(() => tumblingEventTimeWindows(size)).toThrow(expect.objectContaining({ code: 'CORE_WINDOW_INVALID' }))
    expect(() => slidingEventTimeWindows('1d', size)).toThrow(expect.objectContaining({ code: 'CORE_WINDOW_INVALID' }))
    expect(() => eventTimeSessionWindows(size)).toThrow(expect.objectContaining({ code: 'CORE_WINDOW_INVALID' }))
  })

  it('is refused with the value that was given', () => {
    expect(() => tumblingEventTimeWindows('0s')).toThrow(/a window's size was '0s'/)
    expect(() => slidingEventTimeWindows('5s', '10s')).toThrow(/windows of 5000 ms were to start every 10000 ms/)
    expect(() => tumblingEventTimeWindows('5s', { offset: '5s' })).toThrow(/offset was '5s'/)
    expect(() => tumblingEventTimeWindows('soon')).toThrow(expect.objectContaining({ code: 'CORE_DURATION_INVALID' }))
  })
})

describe('what cannot be a timestamp', () => {
  it.each([
    [NO_TIMESTAMP, 'CORE_TIMESTAMP_MISSING'],
    [Number.NaN, 'CORE_TIMESTAMP_INVALID'],
    [Number.POSITIVE_INFINITY, 'CORE_TIMESTAMP_INVALID'],
    [LARGEST + 1, 'CORE_TIMESTAMP_INVALID'],
  ])('is refused: %s', (timestamp, code) => {
    expect(() => tumblingEventTimeWindows(5).assign(timestamp)).toThrow(expect.objectContaining({ code }))
    expect(() => eventTimeSessionWindows(5).assign(timestamp)).toThrow(expect.objectContaining({ code }))
  })
})
