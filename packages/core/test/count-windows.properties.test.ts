import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Key } from '../src/elements/key.ts'
import { count } from '../src/functions/aggregates/count.ts'
import { first } from '../src/functions/aggregates/first.ts'
import { sum } from '../src/functions/aggregates/sum.ts'
import type { OperatorFactory } from '../src/operators/operator.ts'
import {
  aggregateCountWindow,
  countWindows,
  processCountWindow,
  reduceCountWindow,
} from '../src/operators/windows/count-window.ts'
import { propertyRuns } from './property-runs.ts'
import { drive, type Emitted, type Reading, type Step } from './window-driver.ts'
import { windowSteps } from './window-steps.ts'

// What this family catches: a record counted twice or not, in the wrong window or order; what a restore loses; that the fast way and
// the general one differ. What it cannot: how much a record costs, see count-windows.test.ts.

const aggregates = {
  readings: count<Reading>(),
  total: sum((r: Reading) => r.value),
  oldest: first((r: Reading) => r.value),
}

/** Each key's records in a list: the last `size` of them at each multiple of `slide`. */
function model(
  steps: readonly Step[],
  size: number,
  slide: number,
  result: (key: Key, readings: readonly Reading[]) => unknown,
): Emitted[] {
  const byKey = new Map<Key, Reading[]>()
  const emitted: Emitted[] = []
  for (const step of steps) {
    if (step.type !== 'record') continue
    const { reading } = step
    const readings = [...(byKey.get(reading.key) ?? []), reading]
    byKey.set(reading.key, readings)
    if (readings.length % slide !== 0) continue
    emitted.push({ result: result(reading.key, readings.slice(-size)), timestamp: reading.time })
  }
  return emitted
}

const numbers = fc.integer({ min: 1, max: 9 })
const steps = windowSteps({ span: 40, keyCount: 3 })

describe('count windows', () => {
  const cases: {
    readonly name: string
    factory(size: number, slide: number): OperatorFactory<Reading, unknown>
    result(key: Key, readings: readonly Reading[]): unknown
  }[] = [
    {
      name: 'aggregated',
      factory: (size, slide) =>
        aggregateCountWindow<Reading, Key, typeof aggregates>(countWindows(size, slide), aggregates),
      result(key, readings) {
        const [oldest] = [...readings].sort((a, b) => a.time - b.time)
        const total = readings.reduce((sum, { value }) => sum + value, 0)
        return { key, readings: readings.length, total, oldest: oldest?.value }
      },
    },
    {
      name: 'reduced',
      factory: (size, slide) =>
        reduceCountWindow<Reading, Key>(countWindows(size, slide), (a, b) => ({ ...a, time: b.time })),
      result: (_key, readings) => ({ ...readings[0], time: readings.at(-1)?.time }),
    },
    {
      name: 'processed',
      factory: (size, slide) =>
        processCountWindow<Reading, Key, unknown>(countWindows(size, slide), (readings, ctx) => ({
          key: ctx.key,
          readings: [...readings],
        })),
      result: (key, readings) => ({ key, readings }),
    },
  ]

  it.each(cases)('are the last records of a key, at each slide: $name', ({ factory, result }) => {
    fc.assert(
      fc.property(numbers, numbers, steps, (size, slide, steps) => {
        expect(drive(factory(size, slide), steps, 'never').emitted).toEqual(model(steps, size, slide, result))
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('leave nothing of a key behind where they do not overlap and are complete', () => {
    fc.assert(
      fc.property(numbers, steps, (size, steps) => {
        const { keyCount } = drive(cases[0]?.factory(size, size) as OperatorFactory<Reading, unknown>, steps, 'never')
        const counted = Map.groupBy(
          steps.filter((step) => step.type === 'record'),
          ({ reading }) => reading.key,
        )
        expect(keyCount).toBe([...counted.values()].filter((records) => records.length % size !== 0).length)
      }),
      { numRuns: propertyRuns(0.3) },
    )
  })
})
