import { describe, expect, it } from 'vitest'
import { drive, type Reading, type Step } from '../../../test/window-driver.ts'
import type { AggregateFunction } from '../../functions/aggregate-function.ts'
import { count } from '../../functions/aggregates/count.ts'
import { aggregateCountWindow, countWindows, reduceCountWindow } from './count-window.ts'

// Single behaviours by name; all of them together are held by the properties in test/count-windows.properties.test.ts.

const record = (key: string, time: number, value = 1): Step => ({ type: 'record', reading: { key, time, value } })
const readings = { readings: count<Reading>() }

describe('a count window', () => {
  it('fires with its last record, at its timestamp, and begins anew', () => {
    const steps = [record('a', 5), record('b', 1), record('a', 3), record('a', 9)]
    expect(drive(aggregateCountWindow(countWindows(2), readings), steps, 'never').emitted).toEqual([
      { result: { key: 'a', readings: 2 }, timestamp: 3 },
    ])
  })

  it('holds fewer records at first where it slides', () => {
    const steps = [1, 2, 3, 4, 5].map((time) => record('a', time))
    const { emitted } = drive(aggregateCountWindow(countWindows(3, 1), readings), steps, 'never')
    expect(emitted.map(({ result }) => (result as { readings: number }).readings)).toEqual([1, 2, 3, 3, 3])
  })

  it('leaves out what is between two windows', () => {
    const steps = [1, 2, 3, 4, 5, 6].map((time) => record('a', time, time))
    const first = reduceCountWindow<Reading, string>(countWindows(1, 3), (a) => a)
    expect(drive(first, steps, 'never').emitted.map(({ timestamp }) => timestamp)).toEqual([3, 6])
  })

  it('merges a few times a record, whatever the size and slide', () => {
    for (const [size, slide] of [
      [600, 1],
      [600, 7],
      [60, 60],
    ] as const) {
      let merges = 0
      const counted: AggregateFunction<Reading, { n: number }, number> = {
        name: 'counted',
        create: () => ({ n: 0 }),
        add(accumulator) {
          accumulator.n += 1
          return accumulator
        },
        merge(accumulator, other) {
          merges += 1
          accumulator.n += other.n
          return accumulator
        },
        result: ({ n }) => n,
      }
      const steps = Array.from({ length: 3_000 }, (_, time) => record('a', time))
      drive(aggregateCountWindow(countWindows(size, slide), { counted }), steps, 'never')
      expect(merges).toBeLessThan(7 * steps.length)
    }
  })

  it('is refused without a number of records', () => {
    for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => countWindows(size)).toThrow(expect.objectContaining({ code: 'CORE_WINDOW_INVALID' }))
      expect(() => countWindows(3, size)).toThrow(expect.objectContaining({ code: 'CORE_WINDOW_INVALID' }))
    }
  })
})
