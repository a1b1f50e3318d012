import { describe, expect, it } from 'vitest'
import { drive, late, type Reading, type Step } from '../../../test/window-driver.ts'
import { count } from '../../functions/aggregates/count.ts'
import { eventTimeSessionWindows } from './assigners/event-time-session-windows.ts'
import { sessionWindow } from './session-window.ts'

// Single behaviours by name; all of them together are held by the properties in test/windows.test.ts.

const record = (key: string, time: number): Step => ({ type: 'record', reading: { key, time, value: 1 } })
const watermark = (time: number): Step => ({ type: 'watermark', watermark: time })
const readings = { readings: count<Reading>() }
const row = (key: string, start: number, end: number, n: number) => ({
  result: { key, window: { start, end }, readings: n },
  timestamp: end - 1,
})

describe('a session', () => {
  const factory = sessionWindow(eventTimeSessionWindows(5), readings, { lateOutput: late })
  const patient = sessionWindow(eventTimeSessionWindows(5), readings, { allowedLateness: 10, lateOutput: late })

  it('ends one gap after its last record', () => {
    const steps = [record('a', 0), record('a', 3), watermark(6)]
    expect(drive(factory, steps, 'never').emitted).toEqual([])
    expect(drive(factory, [...steps, watermark(7)], 'never').emitted).toEqual([row('a', 0, 8, 2)])
  })

  it('takes in a record exactly one gap later, and not one a ms after that', () => {
    expect(drive(factory, [record('a', 0), record('a', 5), watermark(99)], 'never').emitted).toEqual([
      row('a', 0, 10, 2),
    ])
    expect(drive(factory, [record('a', 0), record('a', 6), watermark(99)], 'never').emitted).toEqual([
      row('a', 0, 5, 1),
      row('a', 6, 11, 1),
    ])
  })

  it('becomes one with the next by a record between them', () => {
    const steps = [record('a', 0), record('a', 10), record('a', 5), watermark(99)]
    expect(drive(factory, steps, 'never').emitted).toEqual([row('a', 0, 15, 3)])
  })

  it('fires in the order of end, start and key', () => {
    const steps = [record('b', 3), record('b', 6), record('c', 6), record('a', 6), record('a', 0), watermark(99)]
    expect(drive(factory, steps, 'never').emitted).toEqual([
      row('a', 0, 5, 1),
      row('b', 3, 11, 2),
      row('a', 6, 11, 1),
      row('c', 6, 11, 1),
    ])
  })

  it('leaves a late record alone to the late output', () => {
    const { late, counters } = drive(factory, [record('a', 0), watermark(4), record('a', 0)], 'never')
    expect(late).toEqual([{ key: 'a', time: 0, value: 1 }])
    expect(counters).toMatchObject({ late: 1 })
  })

  it('takes in a late record that merges with what is still open', () => {
    const { emitted, late } = drive(factory, [record('a', 6), watermark(6), record('a', 1), watermark(99)], 'never')
    expect(emitted).toEqual([row('a', 1, 11, 2)])
    expect(late).toEqual([])
  })

  it('fires again at once within the allowed lateness where it has ended, else when it ends', () => {
    const steps = [record('a', 0), watermark(8), record('a', 3), record('a', 5), watermark(9), watermark(99)]
    expect(drive(patient, steps, 'never').emitted).toEqual([row('a', 0, 5, 1), row('a', 0, 8, 2), row('a', 0, 10, 3)])
  })

  it('is forgotten after the allowed lateness', () => {
    const steps = [record('a', 0), watermark(13), record('a', 1), watermark(15), record('a', 1)]
    const { emitted, late, keyCount } = drive(patient, steps, 'never')
    expect(emitted).toEqual([row('a', 0, 5, 1), row('a', 0, 6, 2)])
    expect(late).toHaveLength(1)
    expect(keyCount).toBe(0)
  })
})
