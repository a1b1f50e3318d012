import fc from 'fast-check'
import { of, Subject, throwError, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type AlarmEvent,
  type AuditEntry,
  compileRules,
  evaluateRules as evaluateInJob,
  parseRuleSet,
  parseRules,
  type Reading,
  type RuleChange,
} from '../src/index.ts'
import { evaluateRules } from '../src/rxjs/index.ts'
import { changesOf, steps } from './change-arbitraries.ts'
import { Driver } from './driver.ts'
import { readings2, ruleSets2 } from './engine-arbitraries.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 150)
const rules = parseRules('alarm low\n  when spo2 < 88 %\n  priority high')
const change: RuleChange = {
  ...{ id: 'c1', at: 0, author: 'eng-7', reason: 'trial' },
  put: 'alarm low\n  when spo2 < 90 %',
}
const told = (events: readonly AlarmEvent[]) => events.map(({ rule, event, time }) => `${rule} ${event} ${time}`)

describe('rules that change over Observables', () => {
  it('give the alarms of a ward that is given the same in the same order, and the audit of a job', () => {
    fc.assert(
      fc.property(ruleSets2, readings2, steps, (data, rows, given) => {
        const set = parseRuleSet(data)
        const all = changesOf(given, rows, set.version)
        const scheduler = new VirtualTimeScheduler()
        const [readings, changes] = [new Subject<Reading>(), new Subject<RuleChange>()]
        const [events, audit]: [AlarmEvent[], AuditEntry[]] = [[], []]
        readings
          .pipe(evaluateRules(set, { scheduler, changes, onRuleAudit: (entry) => audit.push(entry) }))
          .subscribe((event) => events.push(event))
        const ward = compileRules(set)
        const job = new Driver(() => evaluateInJob(set), { isReplay: false })
        const expected: AlarmEvent[] = []
        let now = 0
        for (const [i, row] of rows.entries()) {
          now = Math.max(now, row.time)
          scheduler.schedule(() => readings.next(row), now)
          expected.push(...ward.feed(row, now))
          job.read(row, now)
          // One that is refused, and one that comes twice.
          const list = (all.get(i) ?? []).flatMap(({ change }) => [change, { ...change, id: '' }, change])
          for (const one of list) {
            now = Math.max(now, one.at)
            scheduler.schedule(() => changes.next(one), now)
            expected.push(...ward.change(one, now).events)
            job.change(one, now)
          }
        }
        scheduler.schedule(() => readings.complete(), now + 100)
        scheduler.flush()
        expected.push(...ward.advanceTo(now + 100))
        expect(events).toEqual(expected)
        expect(audit).toEqual(job.audit)
      }),
      { numRuns: cases },
    )
  })

  it('begin anew with each subscription, with what changes give at once in force before the first reading', () => {
    const readings = of({ patientId: 'p1', time: 0, spo2: 89 })
    const changing = readings.pipe(evaluateRules(rules, { changes: of(change) }))
    for (let i = 0; i < 2; i++) {
      const events: AlarmEvent[] = []
      changing.subscribe((event) => events.push(event))
      expect(told(events)).toEqual(['low raised 0'])
    }
  })

  it('end with the readings, not with the changes, and let go of these', () => {
    const [readings, changes] = [new Subject<Reading>(), new Subject<RuleChange>()]
    const events: AlarmEvent[] = []
    let isOver = false
    readings.pipe(evaluateRules(rules, { changes })).subscribe({
      next: (event) => events.push(event),
      complete: () => {
        isOver = true
      },
    })
    changes.next(change)
    readings.next({ patientId: 'p1', time: 0, spo2: 89 })
    expect(changes.observed).toBe(true)
    readings.complete()
    expect([told(events), isOver, changes.observed]).toEqual([['low raised 0'], true, false])
  })

  it('fail with an error of the changes, and where they are none', () => {
    let failed: unknown
    const changes = throwError(() => new Error('lost'))
    new Subject<Reading>().pipe(evaluateRules(rules, { changes })).subscribe({ error: (error) => (failed = error) })
    expect(failed).toMatchObject({ message: 'lost' })
    expect(() => evaluateRules(rules, { changes: [change] as never })).toThrow(/RULES_OPTION_INVALID/)
  })
})
