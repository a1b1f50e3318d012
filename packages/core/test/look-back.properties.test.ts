import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outputTag } from '../src/elements/output-tag.ts'
import { count } from '../src/functions/aggregates/count.ts'
import { countDistinct } from '../src/functions/aggregates/count-distinct.ts'
import { first } from '../src/functions/aggregates/first.ts'
import { last } from '../src/functions/aggregates/last.ts'
import { max } from '../src/functions/aggregates/max.ts'
import { mean } from '../src/functions/aggregates/mean.ts'
import { min } from '../src/functions/aggregates/min.ts'
import { sum } from '../src/functions/aggregates/sum.ts'
import type { LookBack } from '../src/operators/look-back/look-back.ts'
import { overOperator } from '../src/operators/look-back/over.ts'
import {
  type Arrived,
  byTimeKeyArrival,
  drive,
  judged,
  type Outcome,
  type Reading,
  type Step,
  streams,
} from './look-back-driver.ts'
import { propertyRuns } from './property-runs.ts'

// What this family catches: a row too many or too few looked back over, a wrong order, lateness judged wrongly, what a pause or
// a snapshot and restore loses or doubles, rows that are never freed.
// What it cannot: how fast it is; what more than a few dozen rows a key do.

const late = outputTag<Reading>('late')
const aggregates = {
  readings: count<Reading>(),
  different: countDistinct((r: Reading) => r.value),
  total: sum((r: Reading) => r.value),
  average: mean((r: Reading) => r.value),
  lowest: min((r: Reading) => r.value),
  highest: max((r: Reading) => r.value),
  oldest: first((r: Reading) => r.value),
  newest: last((r: Reading) => r.value),
}

/** A record's result by definition: `rows` are those it sees, oldest first. */
function resultOf(record: Arrived, rows: readonly Arrived[]): Outcome['emitted'][number] {
  const values = rows.map((r) => r.value)
  const total = values.reduce((a, b) => a + b, 0)
  return {
    timestamp: record.time,
    value: {
      value: record.reading,
      readings: values.length,
      different: new Set(values).size,
      total,
      average: total / values.length,
      lowest: Math.min(...values),
      highest: Math.max(...values),
      oldest: values[0],
      newest: values.at(-1),
    },
  }
}

/** The rows that a record sees, of those of its key in their order, up to itself or, by time alone, to its peers. */
function lookedBack(record: Arrived, ordered: readonly Arrived[], { last: range, rows }: LookBack): Arrived[] {
  const oldest = typeof range === 'number' ? record.time - range : Number.NEGATIVE_INFINITY
  const upTo =
    rows === undefined
      ? ordered.filter((r) => r.time <= record.time)
      : ordered.slice(0, ordered.findIndex((r) => r.arrival === record.arrival) + 1)
  const counted = typeof rows === 'number' ? upTo.slice(-rows) : upTo
  return counted.filter((r) => r.time >= oldest)
}

function eventTimeModel(steps: readonly Step[], lookBack: LookBack): { emitted: Outcome['emitted']; late: Reading[] } {
  const { taken, late: behind } = judged(steps)
  const ordered = [...taken].sort(byTimeKeyArrival)
  return {
    emitted: ordered.map((record) =>
      resultOf(
        record,
        lookedBack(
          record,
          ordered.filter((r) => r.key === record.key),
          lookBack,
        ),
      ),
    ),
    late: behind,
  }
}

const lookBacks = fc.oneof(
  fc.integer({ min: 1, max: 25 }).map((range): LookBack => ({ last: range })),
  fc.integer({ min: 1, max: 6 }).map((rows): LookBack => ({ rows })),
  fc
    .tuple(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 4 }))
    .map(([range, rows]): LookBack => ({ last: range, rows })),
  fc.constantFrom<LookBack>(
    { last: 'unbounded' },
    { rows: 'unbounded' },
    { last: 'unbounded', rows: 3 },
    { last: 10, rows: 'unbounded' },
  ),
)

describe('a look-back in event time', () => {
  it('agrees with looking through all rows of the key', () => {
    fc.assert(
      fc.property(lookBacks, streams(40), fc.boolean(), (lookBack, steps, pauses) => {
        const expected = eventTimeModel(steps, lookBack)
        const actual = drive(overOperator(lookBack, aggregates, { lateOutput: late }), steps, pauses)
        expect(actual.emitted).toEqual(expected.emitted)
        expect(actual.sides.late ?? []).toEqual(expected.late)
        expect(actual.counters.late ?? 0).toBe(expected.late.length)
        if (typeof lookBack.last === 'number') expect(actual.groupsLeft).toBe(0)
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('forgets what is before a silence', () => {
    const kinds = fc.constantFrom<LookBack>({ rows: 3 }, { rows: 'unbounded' }, { last: 'unbounded' })
    fc.assert(
      fc.property(
        kinds,
        fc.integer({ min: 1, max: 12 }),
        streams(40),
        fc.boolean(),
        (lookBack, idle, steps, pauses) => {
          const ordered = judged(steps).taken.sort(byTimeKeyArrival)
          const expected = ordered.map((record) => {
            const own = ordered.filter((r) => r.key === record.key)
            const silences = own.filter(
              (r, i) => r.time <= record.time && r.time - (own[i - 1]?.time ?? r.time) >= idle,
            )
            const since = silences.at(-1)
            const heard = own.filter((r) => since === undefined || r.time >= since.time)
            return resultOf(record, lookedBack(record, heard, lookBack))
          })
          const actual = drive(overOperator(lookBack, aggregates, { idleAfter: idle }), steps, pauses)
          expect(actual.emitted).toEqual(expected)
          expect(actual.groupsLeft).toBe(0)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('agrees where rows are many and leave a few at a time', () => {
    fc.assert(
      fc.property(fc.constantFrom<LookBack>({ last: 30 }, { rows: 17 }), streams(90, 150), (lookBack, steps) => {
        const actual = drive(overOperator(lookBack, aggregates), steps, false)
        expect(actual.emitted).toEqual(eventTimeModel(steps, lookBack).emitted)
      }),
      // Each case has as many records as four of the others.
      { numRuns: propertyRuns(0.25) },
    )
  })
})

describe('a look-back in order of arrival', () => {
  it('over a time agrees with looking through what has arrived', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), streams(40), fc.boolean(), (range, steps, pauses) => {
        const { taken, late: behind } = judged(steps)
        const expected = taken.map((record) => {
          const seen = taken.filter(
            (r) =>
              r.key === record.key &&
              r.arrival <= record.arrival &&
              r.time <= record.time &&
              r.time >= record.time - range,
          )
          return resultOf(
            record,
            seen.sort((a, b) => a.time - b.time || a.arrival - b.arrival),
          )
        })
        const factory = overOperator({ last: range }, aggregates, { lateOutput: late, order: 'arrival' })
        const actual = drive(factory, steps, pauses)
        expect(actual.emitted).toEqual(expected)
        expect(actual.sides.late ?? []).toEqual(behind)
        expect(actual.counters.late ?? 0).toBe(behind.length)
        expect(actual.groupsLeft).toBe(0)
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('over rows forgets a key once the watermark is so far beyond its newest', () => {
    const { oldest: _oldest, newest: _newest, ...plain } = aggregates
    const rowsOf = fc.constantFrom<3 | 'unbounded'>(3, 'unbounded')
    fc.assert(
      fc.property(rowsOf, fc.integer({ min: 1, max: 12 }), streams(40), fc.boolean(), (rows, idle, steps, pauses) => {
        const alive = new Map<unknown, Arrived[]>()
        const expected: Outcome['emitted'] = []
        let reached = Number.NEGATIVE_INFINITY
        const isOver = (time: number): boolean => time + idle <= reached
        for (const step of steps) {
          if (step.type === 'watermark') {
            reached = Math.max(reached, step.watermark)
            for (const [key, held] of alive) if (isOver(Math.max(...held.map((r) => r.time)))) alive.delete(key)
          } else if (step.type === 'record') {
            const record: Arrived = { ...step.reading, arrival: 0, reading: step.reading }
            const held = [...(alive.get(record.key) ?? []), record]
            if (held.length > 1 || !isOver(record.time)) alive.set(record.key, held)
            const { timestamp, value } = resultOf(record, rows === 'unbounded' ? held : held.slice(-rows))
            const { oldest: _o, newest: _n, ...rest } = value as Record<string, unknown>
            expected.push({ timestamp, value: rest })
          }
        }
        const actual = drive(overOperator({ rows }, plain, { order: 'arrival', idleAfter: idle }), steps, pauses)
        expect(actual.emitted).toEqual(expected)
        expect(actual.groupsLeft).toBe(0)
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('over rows agrees with the last ones to arrive', () => {
    const { oldest: _oldest, newest: _newest, ...plain } = aggregates
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant('unbounded' as const)),
        streams(40),
        fc.boolean(),
        (rows, steps, pauses) => {
          const readings = steps.flatMap((step) => (step.type === 'record' ? [step.reading] : []))
          const all = readings.map((reading, arrival): Arrived => ({ ...reading, arrival, reading }))
          const expected = all.map((record) => {
            const upTo = all.filter((r) => r.key === record.key && r.arrival <= record.arrival)
            const { timestamp, value } = resultOf(record, rows === 'unbounded' ? upTo : upTo.slice(-rows))
            const { oldest: _o, newest: _n, ...rest } = value as Record<string, unknown>
            return { timestamp, value: rest }
          })
          const actual = drive(overOperator({ rows }, plain, { order: 'arrival' }), steps, pauses)
          expect(actual.emitted).toEqual(expected)
          expect(actual.counters.late ?? 0).toBe(0)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })
})
