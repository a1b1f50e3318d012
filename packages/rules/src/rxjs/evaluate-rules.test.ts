import { TestScheduler } from 'rxjs/testing'
import { expect, it } from 'vitest'
import { parseRules } from '../dsl/parse-rules.ts'
import type { RejectedReading } from '../engine/reading.ts'
import { evaluateRules } from './evaluate-rules.ts'

const rules = parseRules('alarm low\n  when spo2 < 88 % for 5ms\n  priority high')

it('finds what is due by the clock of a TestScheduler, for each patient by itself', () => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run(({ hot, expectObservable }) => {
    const source = hot('  a-b-------c|', {
      a: { patientId: 'p1', time: 0, spo2: 85 },
      b: { patientId: 'p2', time: 2, spo2: 86 },
      c: { patientId: 'p1', time: 10, spo2: 97 },
    })
    const alarms = source.pipe(evaluateRules(rules, { scheduler }))
    const found: string[] = []
    expectObservable(alarms).toBe('------x-y-z|', { x: expect.anything(), y: expect.anything(), z: expect.anything() })
    alarms.subscribe(({ patientId, event, time }) => found.push(`${patientId} ${event} ${time}`))
    scheduler.flush()
    expect(found).toEqual(['p1 raised 5', 'p2 raised 7', 'p1 cleared 10'])
  })
})

it('tells what no rule can use', () => {
  const rejected: RejectedReading[] = []
  const scheduler = new TestScheduler(() => undefined)
  scheduler.run(({ cold }) => {
    const reading = { patientId: 'p1', time: 0, spo2: { value: 85, unit: 'kPa' } }
    cold('a|', { a: reading })
      .pipe(evaluateRules(rules, { scheduler, onRejected: (one) => rejected.push(one) }))
      .subscribe()
  })
  expect(rejected).toEqual([{ patientId: 'p1', time: 0, signal: 'spo2', code: 'READING_UNIT_MISMATCH' }])
})
