import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outputTag } from '../src/elements/output-tag.ts'
import { deduplicateOperator } from '../src/operators/look-back/deduplicate.ts'
import {
  type Arrived,
  byTimeKeyArrival,
  drive,
  type Outcome,
  type Reading,
  type Step,
  streams,
} from './look-back-driver.ts'
import { propertyRuns } from './property-runs.ts'

// What this family catches: a duplicate emitted, a record lost that is none, a wrong order or timestamp, lateness judged wrongly,
// what a pause or a snapshot and restore loses or doubles, state that is never freed.

const late = outputTag<Reading>('late')
const duplicates = outputTag<Reading>('duplicates')
const outputs = { lateOutput: late, duplicateOutput: duplicates }

interface Expected {
  readonly emitted: Outcome['emitted']
  readonly late: Reading[]
  readonly duplicates: Reading[]
}

function expectAgreement(actual: Outcome, expected: Expected): void {
  expect(actual.emitted).toEqual(expected.emitted)
  expect(actual.sides.late ?? []).toEqual(expected.late)
  expect(inSomeOrder(actual.sides.duplicates ?? [])).toEqual(inSomeOrder(expected.duplicates))
  expect(actual.counters.late ?? 0).toBe(expected.late.length)
  expect(actual.counters.duplicates ?? 0).toBe(expected.duplicates.length)
}

function inSomeOrder(readings: readonly unknown[]): string[] {
  return readings.map((r) => Object.values(r as Reading).join(' ')).sort()
}

/** By arrival: every record beside all that were emitted before it. */
function arrivalModel(steps: readonly Step[], within: number | undefined, lateness: number): Expected {
  const expected: Expected = { emitted: [], late: [], duplicates: [] }
  const kept: Reading[] = []
  let reached = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    if (step.type === 'watermark') reached = Math.max(reached, step.watermark)
    if (step.type !== 'record') continue
    const { reading } = step
    const { key, time } = reading
    if (within !== undefined && time + lateness <= reached) expected.late.push(reading)
    else if (kept.some((k) => k.key === key && Math.abs(k.time - time) < (within ?? Number.POSITIVE_INFINITY))) {
      expected.duplicates.push(reading)
    } else {
      kept.push(reading)
      expected.emitted.push({ value: reading, timestamp: time })
    }
  }
  return expected
}

/**
 * By event time, each watermark anew from all that was not late: periods are cut from the records in order, and a record behind the
 * watermark is late unless it falls into a period that has begun and not ended.
 */
function timeModel(steps: readonly Step[], keepsFirst: boolean, within: number): Expected {
  const taken: Arrived[] = []
  const lateOnes: Reading[] = []
  let reached = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    if (step.type === 'watermark') reached = Math.max(reached, step.watermark)
    if (step.type !== 'record') continue
    const { reading } = step
    const isOpen = periodsOf(
      taken.filter((r) => r.key === reading.key),
      within,
    ).some(
      ({ start }) =>
        start <= reached && start + within - 1 > reached && reading.time >= start && reading.time < start + within,
    )
    if (reading.time <= reached && !isOpen) lateOnes.push(reading)
    else taken.push({ ...reading, arrival: taken.length, reading })
  }
  const keys = [...new Set(taken.map((r) => r.key))]
  const results = keys.flatMap((key) =>
    periodsOf(
      taken.filter((r) => r.key === key),
      within,
    ).map(({ start, records }) => {
      const record = (keepsFirst ? records[0] : records.at(-1)) as Arrived
      return { record, timestamp: keepsFirst ? record.time : start + within - 1 }
    }),
  )
  results.sort((a, b) => byTimeKeyArrival({ ...a.record, time: a.timestamp }, { ...b.record, time: b.timestamp }))
  const emitted = new Set(results.map(({ record }) => record.arrival))
  return {
    emitted: results.map(({ record, timestamp }) => ({ value: record.reading, timestamp })),
    late: lateOnes,
    duplicates: taken.filter((r) => !emitted.has(r.arrival)).map((r) => r.reading),
  }
}

/** The periods of one key's records: each begins with the earliest that is in none. */
function periodsOf(records: readonly Arrived[], within: number): { start: number; records: Arrived[] }[] {
  const periods: { start: number; records: Arrived[] }[] = []
  for (const record of [...records].sort((a, b) => a.time - b.time || a.arrival - b.arrival)) {
    const period = periods.at(-1)
    if (period !== undefined && record.time < period.start + within) period.records.push(record)
    else periods.push({ start: record.time, records: [record] })
  }
  return periods
}

const withins = fc.integer({ min: 1, max: 25 })

describe('the first by arrival', () => {
  it('agrees with a look at all that were emitted before', () => {
    fc.assert(
      fc.property(
        withins,
        fc.constantFrom(0, 0, 3, 30),
        streams(60, 30),
        fc.boolean(),
        (within, lateness, steps, pauses) => {
          const factory = deduplicateOperator<Reading>({ keep: 'first', within, allowedLateness: lateness, ...outputs })
          const actual = drive(factory, steps, pauses)
          expectAgreement(actual, arrivalModel(steps, within, lateness))
          expect(actual.groupsLeft).toBe(0)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('agrees without a time', () => {
    fc.assert(
      fc.property(streams(60, 30), fc.boolean(), (steps, pauses) => {
        const actual = drive(deduplicateOperator<Reading>({ keep: 'first', ...outputs }), steps, pauses)
        expectAgreement(actual, arrivalModel(steps, undefined, 0))
      }),
      { numRuns: propertyRuns(0.3) },
    )
  })
})

describe('the first and the last by event time', () => {
  it('agree with periods cut from the records in order', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<'first' | 'last'>('first', 'last'),
        withins,
        streams(60, 30),
        fc.boolean(),
        (keep, within, steps, pauses) => {
          const factory = deduplicateOperator<Reading>({ keep, within, order: 'event-time', ...outputs })
          const actual = drive(factory, steps, pauses)
          expectAgreement(actual, timeModel(steps, keep === 'first', within))
          expect(actual.groupsLeft).toBe(0)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('agree without a time', () => {
    fc.assert(
      fc.property(streams(60, 30), fc.boolean(), (steps, pauses) => {
        const factory = deduplicateOperator<Reading>({ keep: 'first', order: 'event-time', ...outputs })
        expectAgreement(drive(factory, steps, pauses), timeModel(steps, true, Number.POSITIVE_INFINITY))
      }),
      { numRuns: propertyRuns(0.3) },
    )
  })
})
