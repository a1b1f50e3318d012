import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type CompiledRule, compileRuleSet } from '../src/compile/compile-rule-set.ts'
import { evaluateCompiled } from '../src/engine/evaluate-rules.ts'
import type { LateMemory } from '../src/engine/late-memory.ts'
import { HEADER_LENGTH } from '../src/engine/patient-state.ts'
import {
  type AlarmCorrection,
  type AlarmEvent,
  compileRules,
  evaluateRules,
  parseRuleSet,
  parseRules,
  type Reading,
  type RuleData,
  type RuleEvaluation,
  type RuleSet,
  type RuleSetData,
} from '../src/index.ts'
import { readings, ruleSets } from './arbitraries.ts'
import { changesOf, steps } from './change-arbitraries.ts'
import { Driver } from './driver.ts'
import { readings2, ruleSets2 } from './engine-arbitraries.ts'
import { LateLedger } from './late-ledger.ts'
import { LifeDriver } from './life-driver.ts'
import { Model } from './model.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 150)

/** All readings of a patient until now, those that are not too late put in their place, from the beginning. */
function inPlace(rows: readonly Reading[], allowed: number): Reading[] {
  let clock = -Infinity
  const placed = rows.map((row) => {
    const at = row.time >= clock - allowed ? row.time : clock
    clock = Math.max(clock, row.time)
    return { at, row }
  })
  return placed.sort((a, b) => a.at - b.at).map(({ row }) => row)
}

function modelOf(rules: RuleSet, patientId: string, rows: readonly Reading[]): Model {
  const model = new Model(rules, patientId)
  for (const row of rows) model.read(row)
  return model
}

const openOf = ({ alarms }: Model): string[] =>
  alarms
    .filter(({ cleared }) => cleared === Infinity)
    .map(({ slot }) => slot)
    .sort()

const alarmsOf = ({ alarms }: Model, until = Infinity): string[] => {
  const known = alarms.filter(({ raised }) => raised < until)
  return [...new Set(known.map(({ slot, raised, cleared }) => `${slot} ${raised},${Math.min(until, cleared)}`))].sort()
}

/** Readings in the order of arrival, without those that come later than is allowed. */
function inTime(
  rows: readonly Reading[],
  delaysMs: readonly number[],
  allowed: number,
): { row: Reading; now: number }[] {
  const clocks = new Map<string, number>()
  return rows
    .map((row, i) => ({ row, now: row.time + (delaysMs[i % delaysMs.length] as number) }))
    .sort((a, b) => a.now - b.now)
    .filter(({ row: { patientId, time } }) => {
      const clock = clocks.get(patientId) ?? -Infinity
      clocks.set(patientId, Math.max(clock, time))
      return time >= clock - allowed
    })
}

const withSilence = (data: RuleSetData): RuleSetData => ({
  ...data,
  rules: [...data.rules, { id: 'silent', when: { silent: 'spo2', within: '4ms' } } as RuleData],
})

const allowed = fc.integer({ min: 1, max: 12 })
/** How long readings are on their way. */
const delays = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 7 })

describe.each([
  ['of format 1', ruleSets, readings],
  ['of all of the language', ruleSets2, readings2],
])('late readings, %s', (_name, sets, rowsOf) => {
  it('leave the alarms known that an evaluation of all readings in order finds, after each reading', () => {
    fc.assert(
      fc.property(sets, rowsOf, allowed, fc.infiniteStream(fc.boolean()), (data, rows, ms, restores) => {
        const rules = parseRuleSet(data)
        const driver = new Driver(() => evaluateRules(rules, { allowedLateness: ms }))
        const ledgers = new Map(['p1', 'p2'].map((id) => [id, new LateLedger()]))
        let now = 0
        let told = 0
        for (const [i, row] of rows.entries()) {
          now = Math.max(now, row.time)
          driver.read(row, now)
          if (restores.next().value) driver.restore()
          const ledger = ledgers.get(row.patientId) as LateLedger
          for (; told < driver.events.length; told++) ledger.take(driver.events[told] as never)
          const until = rows.slice(0, i + 1).filter(({ patientId }) => patientId === row.patientId)
          const model = modelOf(rules, row.patientId, inPlace(until, ms))
          expect(ledger.oddities).toEqual([])
          expect(ledger.open).toEqual(openOf(model))
          expect(ledger.alarmsUntil(Infinity)).toEqual(alarmsOf(model))
        }
      }),
      { numRuns: cases },
    )
  })

  it('live, leave the alarms known at the end that an evaluation of all readings in order finds', () => {
    fc.assert(
      fc.property(sets, rowsOf, allowed, delays, fc.infiniteStream(fc.boolean()), (data, rows, ms, late, restores) => {
        const rules = parseRuleSet(data)
        const driver = new Driver(() => evaluateRules(rules, { allowedLateness: ms }), { isReplay: false })
        const arrivals = inTime(rows, late, ms)
        for (const { row, now } of arrivals) {
          driver.read(row, now)
          if (restores.next().value) driver.restore()
        }
        driver.advanceTo(Math.max(0, ...arrivals.map(({ now }) => now)) + 300)
        for (const patientId of ['p1', 'p2']) {
          const ledger = new LateLedger()
          for (const event of driver.events) if (event.patientId === patientId) ledger.take(event)
          const own = arrivals.map(({ row }) => row).filter((row) => row.patientId === patientId)
          const until = Math.max(...own.map(({ time }) => time)) + 100
          const model = modelOf(rules, patientId, inPlace(own, ms))
          if (own.length > 0) model.read({ patientId, time: until + 100 })
          expect(ledger.oddities).toEqual([])
          expect(ledger.alarmsUntil(until)).toEqual(alarmsOf(model, until))
        }
      }),
      { numRuns: cases },
    )
  })

  it('give the same events, restored between any two readings or not, and alone as in a job', () => {
    fc.assert(
      fc.property(sets, rowsOf, allowed, fc.infiniteStream(fc.boolean()), (data, rows, allowedLateness, restores) => {
        const rules = parseRuleSet(withSilence(data))
        const options = { allowedLateness }
        const [plain, restored] = [0, 1].map(
          () => new Driver(() => evaluateRules(rules, options), { isReplay: false }),
        ) as [Driver, Driver]
        let ward = compileRules(rules, options)
        const alone = []
        let now = 0
        for (const row of rows) {
          now = Math.max(now, row.time)
          plain.read(row, now)
          restored.read(row, now)
          alone.push(...ward.feed(row, now))
          if (!restores.next().value) continue
          restored.restore()
          const snapshot = structuredClone(ward.snapshot())
          ward = compileRules(rules, options)
          ward.restore(snapshot)
        }
        plain.advanceTo(now + 100)
        restored.advanceTo(now + 100)
        alone.push(...ward.advanceTo(now + 100))
        expect(restored.events).toEqual(plain.events)
        expect(restored.counters).toEqual(plain.counters)
        expect(alone).toEqual(plain.events)
      }),
      { numRuns: cases / 2 },
    )
  })

  it('change nothing of silences, nor of what is rejected, nor of readings that are in order', () => {
    fc.assert(
      fc.property(sets, rowsOf, allowed, fc.boolean(), fc.boolean(), (data, rows, allowedLateness, isReplay, sorts) => {
        const rules = parseRuleSet(withSilence(data))
        const given = sorts ? [...rows].sort((a, b) => a.time - b.time) : rows
        const [without, allowing] = [{}, { allowedLateness }].map(
          (options) => new Driver(() => evaluateRules(rules, options) as RuleEvaluation, { isReplay }),
        ) as [Driver, Driver]
        let now = 0
        for (const [i, row] of given.entries()) {
          now = Math.max(now, row.time)
          const odd = i % 5 === 0 ? { ...row, heartRate: { value: 1, unit: 'kPa' } } : row
          for (const driver of [without, allowing]) driver.read(odd as Reading, now)
        }
        for (const driver of [without, allowing]) driver.advanceTo(now + 100)
        const silences = (driver: Driver) => driver.events.filter(({ rule }) => rule === 'silent')
        expect(silences(allowing)).toEqual(silences(without))
        expect(allowing.rejected).toEqual(without.rejected)
        expect(allowing.counters.get('rejected')).toBe(without.counters.get('rejected'))
        if (sorts) expect(allowing.events).toEqual(without.events)
      }),
      { numRuns: cases / 2 },
    )
  })
})

describe('late readings while rules change', () => {
  it.each([
    ['live', false],
    ['in a replay', true],
  ])(
    'raise nothing twice, clear nothing that was not raised, and change nothing of what is in order, %s',
    (_, isReplay) => {
      fc.assert(
        fc.property(ruleSets2, readings2, steps, allowed, fc.boolean(), (data, rows, given, allowedLateness, sorts) => {
          const rules = parseRuleSet(data)
          const all = sorts ? rows.toSorted((a, b) => a.time - b.time) : rows
          const changes = changesOf(given, all, rules.version)
          const [without, allowing] = [{}, { allowedLateness }].map(
            (options) => new Driver(() => evaluateRules(rules, options) as RuleEvaluation, { isReplay }),
          ) as [Driver, Driver]
          let now = 0
          for (const [i, row] of all.entries()) {
            now = Math.max(now, row.time)
            for (const driver of [without, allowing]) driver.read(row, now)
            for (const { change } of changes.get(i) ?? []) {
              now = Math.max(now, change.at)
              for (const driver of [without, allowing]) driver.change(change, now)
            }
            allowing.restore()
          }
          for (const driver of [without, allowing]) driver.advanceTo(now + 100)
          const ledger = new LateLedger()
          for (const event of allowing.events) ledger.take(event)
          expect(ledger.oddities).toEqual([])
          if (sorts) expect(allowing.events).toEqual(without.events)
        }),
        { numRuns: cases },
      )
    },
  )
})

describe('the life of alarms that late readings correct', () => {
  const lives = fc.record({ latching: fc.boolean(), rearm: fc.constantFrom(undefined, '3ms') })

  it('goes on as long as an alarm does, by all readings in order', () => {
    fc.assert(
      fc.property(ruleSets2, readings2, allowed, lives, (data, rows, ms, { latching, rearm }) => {
        const life = { ...(latching && { latching }), ...(rearm !== undefined && { rearm }) }
        const rules = parseRuleSet({ ...data, rules: data.rules.map((rule) => ({ ...rule, ...life })) })
        const ward = compileRules(rules, { allowedLateness: ms })
        const alarms = new LifeDriver(rules, {}, false)
        for (const [i, row] of rows.entries()) {
          alarms.now = Math.max(alarms.now, row.time)
          alarms.take({ type: 'tick' })
          for (const event of ward.feed(row, row.time)) alarms.take({ type: 'event', event })
          const model = modelOf(rules, 'p1', inPlace(rows.slice(0, i + 1), ms))
          const there = Object.entries(alarms.state?.alarms ?? {}).filter(([, { presence }]) => {
            return presence.phase === 'on' || (presence.phase === 'rearming' && presence.held !== undefined)
          })
          expect(there.map(([slot]) => slot).sort()).toEqual(openOf(model))
        }
      }),
      { numRuns: cases },
    )
  })

  it('takes back what never was, and tells those who were told', () => {
    const rules = parseRules('alarm low\n  when spo2 < 88 % for 10s\n  priority high')
    const ward = compileRules(rules, { allowedLateness: '1m' })
    const life = new LifeDriver(rules)
    for (const [time, spo2, now] of [
      [0, 85, 0],
      [10_000, 85, 10_000],
      [7_000, 97, 12_000],
    ] as const) {
      life.now = now
      for (const event of ward.feed({ patientId: 'p1', time, spo2 }, now)) life.take({ type: 'event', event })
    }
    expect(life.told()).toEqual(['10000 ward raised low', '12000 ward retracted low'])
    expect(life.alarm('low')).toMatchObject({ status: 'entered-in-error', presence: false })
    expect(life.facts.at(-2)).toMatchObject({
      type: 'retracted',
      why: { late: { reading: 7_000, clock: 10_000, alarms: [] } },
    })
  })

  it('pages nobody for what is long past and over', () => {
    const rules = parseRules('alarm low\n  when spo2 < 88 %\n  priority high')
    const ward = compileRules(rules, { allowedLateness: '1h' })
    const life = new LifeDriver(rules)
    for (const [minute, spo2, now] of [
      [0, 97, 0],
      [30, 97, 30],
      [10, 80, 31],
    ] as const) {
      life.now = now * 60_000
      const reading = { patientId: 'p1', time: minute * 60_000, spo2 }
      for (const event of ward.feed(reading, life.now)) life.take({ type: 'event', event })
    }
    life.advance(60 * 60_000)
    expect(life.told()).toEqual([])
    expect(life.alarm('low')).toMatchObject({ status: 'completed', raised: 600_000, ended: 1_800_000 })
  })
})

describe('a late reading', () => {
  const rules = parseRules('alarm low\n  when spo2 < 88 % for 10s\n  clear when spo2 >= 91 %')
  const s = (seconds: number): number => seconds * 1_000

  /** Rows of a time and a value in seconds and %, each at its time or, where it is late, behind those before it. */
  function told(rows: readonly (readonly [second: number, spo2: number | null])[], set = rules): string[] {
    const ward = compileRules(set, { allowedLateness: '1m' })
    return rows.flatMap(([second, spo2]) => said(ward.feed({ patientId: 'p1', time: s(second), spo2 })))
  }

  function said(events: readonly (AlarmEvent | AlarmCorrection)[]): string[] {
    return events.map(({ event, rule, time, why }) => {
      const late = why.late?.alarms.map(({ raised, cleared }) => `${raised / 1_000}-${(cleared ?? Number.NaN) / 1_000}`)
      return [rule, event, time / 1_000, ...(late === undefined ? [] : [`[${late}]`])].join(' ')
    })
  }

  it('takes an alarm back that never was', () => {
    expect(
      told([
        [0, 85],
        [10, 85],
        [7, 97],
      ]),
    ).toEqual(['low raised 10', 'low retracted 10 []'])
  })

  it('raises an alarm that was taken back under another id, since who was told so must be told', () => {
    const set = parseRules('alarm low\n  when spo2 < 88 % and heart-rate > 100 /min')
    const ward = compileRules(set, { allowedLateness: '1m' })
    const rows: Omit<Reading, 'patientId'>[] = [
      { time: s(0), heartRate: 110 },
      { time: s(10), spo2: 85 },
      { time: s(5), heartRate: 90 },
      { time: s(6), heartRate: 110 },
    ]
    const events = rows.flatMap((row) => ward.feed({ patientId: 'p1', ...row }))
    expect(said(events)).toEqual(['low raised 10', 'low retracted 10 []', 'low raised 10 [10-NaN]'])
    expect(events[0]?.id).not.toBe(events[2]?.id)
    const end = ward.feed({ patientId: 'p1', time: s(20), spo2: 95 })
    expect(end).toMatchObject([{ event: 'cleared', id: events[2]?.id }])
  })

  it('leaves the patient’s clock going on with the job’s', () => {
    const ward = compileRules(rules, { allowedLateness: '1m' })
    ward.feed({ patientId: 'p1', time: s(0), spo2: 97 }, s(0))
    ward.feed({ patientId: 'p1', time: s(10), spo2: 85 }, s(10))
    expect(ward.next).toBe(s(20) + 1)
    ward.feed({ patientId: 'p1', time: s(5), spo2: 97 }, s(12))
    expect(ward.next).toBe(s(20) + 1)
    expect(said(ward.advanceTo(s(20) + 1))).toEqual(['low raised 20'])
  })

  it('raises what it shows, from when it was so', () => {
    expect(
      told([
        [0, 97],
        [15, 85],
        [2, 85],
      ]),
    ).toEqual(['low raised 12 [12-NaN]'])
  })

  it('tells of an alarm that was missed and is over, once', () => {
    expect(
      told([
        [0, 97],
        [14, 95],
        [1, 85],
        [14.5, 95],
        [13, 89],
      ]),
    ).toEqual(['low raised 11 [11-14]', 'low cleared 14 [11-14]'])
  })

  it('annotates an alarm that began at another time, which keeps its id and is not raised again', () => {
    const ward = compileRules(rules, { allowedLateness: '1m' })
    const events = [
      ...ward.feed({ patientId: 'p1', time: s(20), spo2: 85 }),
      ...ward.feed({ patientId: 'p1', time: s(30), spo2: 85 }),
      ...ward.feed({ patientId: 'p1', time: s(15), spo2: 85 }, s(31)),
      ...ward.feed({ patientId: 'p1', time: s(40), spo2: 95 }),
    ]
    expect(said(events)).toEqual(['low raised 30', 'low annotated 25 [25-NaN]', 'low cleared 40'])
    expect(new Set(events.map(({ id }) => id)).size).toBe(1)
    expect(events[1]?.why).toMatchObject({
      condition: 'spo2 < 88 %',
      since: s(15),
      late: { reading: s(15), clock: s(30) },
    })
  })

  it('leaves an annotated alarm that ended at the moment at which it had been raised', () => {
    const ward = compileRules(parseRules('alarm low\n  when spo2 < 88 %'), { allowedLateness: '1m' })
    const rows: Omit<Reading, 'patientId'>[] = [
      { time: s(10), spo2: 85 },
      { time: s(6), spo2: 85 },
      { time: s(10), spo2: 97 },
      { time: s(14) },
      { time: s(13) },
    ]
    const events = rows.flatMap((row) => ward.feed({ patientId: 'p1', ...row }))
    expect(said(events)).toEqual(['low raised 10', 'low annotated 6 [6-NaN]', 'low cleared 10'])
  })

  it('clears what was over before', () => {
    expect(
      told([
        [0, 85],
        [10, 85],
        [30, 89],
        [20, 92],
      ]),
    ).toEqual(['low raised 10', 'low cleared 20 [10-20]'])
  })

  it('raises again, as another alarm, what was cleared and is not over', () => {
    const set = parseRules('alarm low\n  when spo2 < 88 %\n  clear when spo2 >= 91 % for 10s')
    const ward = compileRules(set, { allowedLateness: '1m' })
    const rows = [
      [0, 85],
      [10, 92],
      [20, 92],
      [15, 89],
    ] as const
    const events = rows.flatMap(([second, spo2]) => ward.feed({ patientId: 'p1', time: s(second), spo2 }))
    expect(said(events)).toEqual(['low raised 0', 'low cleared 20', 'low annotated 0 [0-NaN]', 'low raised 20 [0-NaN]'])
    expect(new Set(events.map(({ id }) => id)).size).toBe(2)
    expect(said(ward.feed({ patientId: 'p1', time: s(30), spo2: 92 }))).toEqual(['low cleared 30'])
  })

  it('that comes later than is allowed changes nothing, and is counted', () => {
    const driver = new Driver(() => evaluateRules(rules, { allowedLateness: '5s' }) as RuleEvaluation)
    for (const [second, spo2] of [
      [0, 85],
      [10, 85],
      [4, 97],
      [5, 97],
    ] as const) {
      driver.read({ patientId: 'p1', time: s(second), spo2 }, s(10))
    }
    expect(said(driver.events)).toEqual(['low raised 10', 'low retracted 10 []'])
    expect(Object.fromEntries(driver.counters)).toEqual({ outOfOrder: 1, lateReadings: 1, tooLateReadings: 1 })
  })

  it('leaves what a reading has raised that came later than is allowed, and was its signal’s first', () => {
    const ward = compileRules(parseRules('alarm low\n  when spo2 < 88 %\n\nalarm fast\n  when heart-rate > 100 /min'), {
      allowedLateness: '5s',
    })
    const rows: Omit<Reading, 'patientId'>[] = [
      { time: s(20), heartRate: 60 },
      { time: s(10), spo2: 85 },
      { time: s(18), heartRate: 110 },
    ]
    expect(rows.flatMap((row) => said(ward.feed({ patientId: 'p1', ...row })))).toEqual([
      'low raised 10',
      'fast raised 18 [18-20]',
      'fast cleared 20 [18-20]',
    ])
  })

  it('keeps no more of readings than twice the time that is allowed', () => {
    const driver = new Driver(() => evaluateRules(rules, { allowedLateness: '5s' }) as RuleEvaluation)
    for (let second = 0; second < 1_000; second++) {
      driver.read({ patientId: 'p1', time: s(second), spo2: second % 30 < 15 ? 85 : 97, heartRate: 60 })
      const { segments, told, truth } = driver.stateOf('p1', 'late') as LateMemory
      expect(segments.length).toBeLessThanOrEqual(2)
      expect(segments.flatMap(({ log }) => log.flat()).length).toBeLessThanOrEqual(13)
      expect(told.length + truth.length).toBeLessThanOrEqual(4)
    }
    expect(driver.stateOf('p1', 'late')).not.toHaveProperty('segments.0.log.0.0.reading.heartRate')
  })

  it('finds that a rule fails, or did not, as it finds alarms', () => {
    const set = parseRules('alarm low\n  when spo2 < 88 %')
    const compiled = compileRuleSet(set, HEADER_LENGTH)
    const [first] = compiled.rules as [CompiledRule]
    const holds: CompiledRule['raise']['holds'] = (view, at) => {
      if (view.vitals[(first.offsets[0] as number) + 1] === 13) throw new Error('broken')
      return first.raise.holds(view, at)
    }
    const broken = { ...compiled, rules: [{ ...first, raise: { ...first.raise, holds } }] }
    const driver = new Driver(() => evaluateCompiled(set, broken, { allowedLateness: '1m' }) as RuleEvaluation)
    for (const [time, spo2] of [
      [0, 97],
      [10, 97],
      [5, 13],
      [8, 97],
      [20, 13],
      [15, 85],
    ] as const) {
      driver.read({ patientId: 'p1', time, spo2 }, 20)
      driver.restore()
    }
    expect(driver.events.map(({ event, time, why }) => `${event} ${time} ${why.error ?? ''}`)).toEqual([
      'raised 5 RULES_EVALUATION_FAILED',
      'cleared 10 RULES_EVALUATION_FAILED',
      'annotated 5 RULES_EVALUATION_FAILED',
      'raised 20 RULES_EVALUATION_FAILED',
      // An alarm was raised by then, and what is awaited is its end, which does not fail.
      'retracted 20 RULES_EVALUATION_FAILED',
      'raised 15 ',
    ])
    expect(driver.counters.get('ruleErrors')).toBe(2)
  })

  it('from before the rules changed, or a limit ended, is as late as can be', () => {
    const set = parseRules(
      'limits\n  default spo2.low 88 %\n  patient p2 spo2.low 80 %\n\nalarm low\n  when spo2 < limit(spo2.low)',
    )
    const ward = compileRules(set, { allowedLateness: '1m' })
    const feed = (time: number, spo2: number, now = time) =>
      said(ward.feed({ patientId: 'p1', time: s(time), spo2 }, s(now)))
    const limits = { patients: { p1: { 'spo2.low': { limit: '86 %', until: s(20) } } } }
    expect(feed(0, 97)).toEqual([])
    ward.change({ id: 'c1', at: s(10), author: 'doctor-1', reason: 'as asked', limits }, s(10))
    expect([feed(12, 97), feed(9, 80, 12), feed(11, 80, 12)]).toEqual([
      [],
      [],
      ['low raised 11 [11-12]', 'low cleared 12 [11-12]'],
    ])
    expect(feed(22, 97)).toEqual([])
    expect([feed(19, 80, 22), feed(21, 87, 22)]).toEqual([[], ['low raised 21 [21-22]', 'low cleared 22 [21-22]']])
  })

  it('has a type of its own where it is allowed', () => {
    const events = compileRules(rules, { allowedLateness: '1m' }).advanceTo(0)
    expectTypeOf(events).toEqualTypeOf<readonly (AlarmEvent | AlarmCorrection)[]>()
    expectTypeOf(compileRules(rules, { maxAhead: '1m' }).advanceTo(0)).toEqualTypeOf<readonly AlarmEvent[]>()
    expectTypeOf(evaluateRules(rules)).toEqualTypeOf<RuleEvaluation>()
    expect(() => evaluateRules(rules, { allowedLateness: 'soon' as never })).toThrow(
      expect.objectContaining({ code: 'RULES_OPTION_INVALID' }),
    )
  })
})
