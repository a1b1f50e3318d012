import { createEnvironment, monotonousTimestamps } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AlarmEvent,
  applyChange,
  compileRules,
  evaluateRules,
  parseRules,
  type Reading,
  type RuleChange,
  ruleHistory,
  type Ward,
} from '../src/index.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 500)

const rules = parseRules(`
limits
  default heart-rate.fast 100 /min
  ward icu heart-rate.fast 110 /min

alarm fast
  when heart-rate > limit(heart-rate.fast) for 5s
  clear when heart-rate < limit(heart-rate.fast) for 3s

alarm at-once
  when heart-rate > limit(heart-rate.fast)

alarm faster
  when heart-rate - pulse-rate > 0 /min and heart-rate > limit(heart-rate.fast)
`)

type Step =
  | { readonly kind: 'reading'; readonly after: number; readonly patientId: string; readonly heartRate: number | null }
  | {
      readonly kind: 'limit'
      readonly after: number
      readonly patientId: string
      readonly limit: number
      readonly holds: number | undefined
    }
  | { readonly kind: 'none'; readonly after: number; readonly patientId: string }
  | { readonly kind: 'time'; readonly after: number }

const after = fc.nat(4_000)
const patientId = fc.constantFrom('p1', 'p2')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('reading' as const),
    after,
    patientId,
    heartRate: fc.option(fc.constantFrom(95, 101, 105, 115, 125)),
  }),
  fc.record({
    kind: fc.constant('limit' as const),
    after,
    patientId,
    limit: fc.constantFrom(90, 103, 120),
    holds: fc.option(fc.integer({ min: 1, max: 9_000 }), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('none' as const), after, patientId }),
  fc.record({ kind: fc.constant('time' as const), after }),
)

function change(id: string, at: number, who: string, limit: string | null, until?: number): RuleChange {
  const value = limit === null ? null : until === undefined ? limit : { limit, until }
  return {
    id,
    at,
    author: 'doctor-1',
    reason: 'as asked',
    limits: { patients: { [who]: { 'heartRate.fast': value } } },
  }
}

/** What the ward says: without the versions, and who gave limits. */
function told(events: readonly AlarmEvent[]): unknown[] {
  return events.map(({ ruleVersion: _, life: __, why, ...event }) => {
    const values = why.values.map(({ limitBy: _by, limitUntil: _until, ...value }) => value)
    return { ...event, why: { ...why, values } }
  })
}

/** The limits end by themselves. */
function byThemselves(steps: readonly Step[], restores: boolean): unknown[] {
  let ward: Ward = compileRules(rules)
  const events: AlarmEvent[] = []
  let now = 0
  for (const [i, one] of steps.entries()) {
    now += one.after
    if (one.kind === 'time') events.push(...ward.advanceTo(now))
    else if (one.kind === 'reading') events.push(...ward.feed(readingOf(one, now), now))
    else {
      const until = one.kind === 'limit' && one.holds !== undefined ? now + one.holds : undefined
      const limit = one.kind === 'limit' ? (`${one.limit} /min` as const) : null
      events.push(...ward.change(change(`c${i}`, now, one.patientId, limit, until), now).events)
    }
    if (!restores) continue
    const snapshot = structuredClone(ward.snapshot())
    ward = compileRules(rules)
    ward.restore(snapshot)
  }
  return told([...events, ...ward.advanceTo(now + 20_000)])
}

/** Someone takes each away when its time has come. */
function byHand(steps: readonly Step[]): unknown[] {
  const ward = compileRules(rules)
  const events: AlarmEvent[] = []
  const ends = new Map<string, number>()
  let now = 0
  const until = (time: number): void => {
    for (;;) {
      const [next] = [...ends].filter(([, end]) => end <= time).sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
      if (next === undefined) return
      const [who, end] = next
      ends.delete(who)
      events.push(...ward.change(change(`end ${who} ${end}`, end, who, null), end).events)
    }
  }
  for (const [i, one] of steps.entries()) {
    now += one.after
    until(now)
    if (one.kind === 'time') events.push(...ward.advanceTo(now))
    else if (one.kind === 'reading') events.push(...ward.feed(readingOf(one, now), now))
    else {
      const limit = one.kind === 'limit' ? `${one.limit} /min` : null
      events.push(...ward.change(change(`c${i}`, now, one.patientId, limit), now).events)
      if (one.kind === 'limit' && one.holds !== undefined) ends.set(one.patientId, now + one.holds)
      else ends.delete(one.patientId)
    }
  }
  until(now + 20_000)
  return told([...events, ...ward.advanceTo(now + 20_000)])
}

function readingOf(one: Step & { kind: 'reading' }, time: number): Reading {
  return { patientId: one.patientId, time, heartRate: one.heartRate, pulseRate: 60 }
}

describe('a limit that a patient has for a time', () => {
  it('ends as if someone had taken it away then, silent or not, restored between any two steps or not', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), fc.boolean(), (steps, restores) => {
        expect(byThemselves(steps, restores)).toEqual(byHand(steps))
      }),
      { numRuns: cases },
    )
  })

  it('says in the trace of an alarm who gave it, and until when it holds', () => {
    const ward = compileRules(rules)
    ward.change(change('c1', 0, 'p1', '90 /min', 10_000), 0)
    const [alarm] = ward.feed({ patientId: 'p1', time: 1, heartRate: 95 })
    expect(alarm?.why.values[0]).toMatchObject({
      limit: 90,
      limitFrom: 'patient',
      limitBy: 'doctor-1',
      limitUntil: 10_000,
    })
    const cleared = ward.advanceTo(10_000).find(({ rule }) => rule === 'at-once')
    expect(cleared).toMatchObject({ event: 'cleared', time: 10_000, id: alarm?.id })
    expect(cleared?.why.values[0]).toMatchObject({ limit: 100, limitFrom: 'default' })
    expect(cleared?.why.values[0]).not.toHaveProperty('limitBy')
  })

  it('ends in a replay by the clock of the replay', async () => {
    const readings: Reading[] = [1, 20_000].map((time) => ({ patientId: 'p1', time, heartRate: 95, pulseRate: 95 }))
    const byTime = <T>(timeOf: (value: T) => number) => ({ watermarks: monotonousTimestamps().timestamp(timeOf) })
    const env = createEnvironment()
    const alarms = await env
      .fromArray(
        readings,
        byTime((reading: Reading) => reading.time),
      )
      .keyBy((reading) => reading.patientId)
      .connectBroadcast(
        env.fromArray(
          [change('c1', 0, 'p1', '90 /min', 10_000)],
          byTime(({ at }: RuleChange) => at),
        ),
      )
      .process(evaluateRules(rules))
      .executeAndCollect()
    expect(alarms.filter(({ rule }) => rule === 'at-once').map(({ event, time }) => `${event} ${time}`)).toEqual([
      'raised 1',
      'cleared 10000',
    ])
  })

  it('is forgotten with its patient', () => {
    const ward = compileRules(rules)
    ward.feed({ patientId: 'p1', time: 0, heartRate: 95 })
    ward.change(change('c1', 0, 'p1', '97 /min', 10_000), 0)
    expect(ward.next).toBe(10_000)
    ward.forget('p1')
    expect(ward.next).toBe(Infinity)
  })

  it('stands in the audit when only its end is another', () => {
    const first = applyChange(ruleHistory(rules), change('c1', 0, 'p1', '90 /min', 10_000))
    if (first.status !== 'accepted') throw new Error('it is accepted')
    const later = applyChange(first.history, change('c2', 1, 'p1', '90 /min', 20_000))
    expect(later).toMatchObject({
      status: 'accepted',
      differences: [{ limit: 'heartRate.fast', of: 'patient', who: 'p1', what: 'changed' }],
    })
  })

  it('is refused where its end is no time after the change', () => {
    for (const until of [5, 4, 5.5, Number.NaN, '2026-11-27' as never]) {
      const outcome = applyChange(ruleHistory(rules), change('c1', 5, 'p1', '90 /min', until))
      expect(outcome).toMatchObject({
        status: 'refused',
        problems: [{ path: 'limits.patients.p1["heartRate.fast"].until', code: 'RULES_TYPE_INVALID' }],
      })
    }
  })

  it('stays as long as it was given when other things change, and goes back to no earlier time by a roll back', () => {
    const first = applyChange(ruleHistory(rules), change('c1', 0, 'p1', '90 /min', 10_000))
    if (first.status !== 'accepted') throw new Error('it is accepted')
    const other = { id: 'c2', at: 1, author: 'eng-7', reason: 'x', disable: ['fast'] }
    const second = applyChange(first.history, other)
    if (second.status !== 'accepted') throw new Error('it is accepted')
    const back = applyChange(second.history, { id: 'c3', at: 2, author: 'eng-7', reason: 'x', rollBack: rules.version })
    for (const { history } of [second, back] as (typeof second)[]) {
      expect(history.versions.at(-1)?.signed).toEqual({
        p1: { 'heartRate.fast': { author: 'doctor-1', change: 'c1', until: 10_000 } },
      })
    }
  })
})
