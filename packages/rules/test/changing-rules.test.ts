import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AlarmEvent,
  compileRules,
  evaluateRules,
  parseRuleSet,
  parseRules,
  type RuleChange,
  type RuleSet,
  ruleHistory,
  rulesOf,
  verifyAudit,
  type WardSnapshot,
} from '../src/index.ts'
import { baseOf, changesOf, steps } from './change-arbitraries.ts'
import { brief, Driver } from './driver.ts'
import { readings2, ruleSets2 } from './engine-arbitraries.ts'
import { Model } from './model.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 250)
const signature = { author: 'eng-7', reason: 'trial' }

const inOrder = readings2.map((rows) => rows.filter(({ time }, i) => rows.slice(0, i).every((row) => row.time < time)))

/** Every alarm begins, and ends at most once, after it began. Returns what is still raised. */
function stillRaised(events: readonly AlarmEvent[]): AlarmEvent[] {
  const raised = new Map<string, AlarmEvent>()
  for (const event of events) {
    const key = `${event.id} ${event.patientId}`
    if (event.event === 'raised') {
      if (raised.has(key)) throw new Error(`raised twice: ${event.rule} ${event.time}`)
      raised.set(key, event)
    } else if (!raised.delete(key)) throw new Error(`ended without having begun: ${event.rule} ${event.time}`)
  }
  return [...raised.values()]
}

describe('rules that change while they run', () => {
  it('give what a model gives that walks through time, of rules that stay as they are and of those that begin anew', () => {
    fc.assert(
      fc.property(ruleSets2, inOrder, steps, (data, rows, given) => {
        const base = baseOf(data)
        const changes = changesOf(given, rows, base.version)
        const driver = new Driver(() => evaluateRules(base), { isReplay: false })
        const model = new Model(base, 'p1')
        let history = ruleHistory(base)
        const expected: string[] = []
        for (const [i, row] of rows.entries()) {
          driver.read(row)
          expected.push(...model.read(row))
          for (const { at, change } of changes.get(i) ?? []) {
            driver.change(change, at)
            history = driver.history ?? history
            expected.push(...model.change(rulesOf(history), at))
          }
        }
        const end = (rows.at(-1)?.time ?? 0) + 60
        driver.advanceTo(end)
        if (rows.length > 0) expected.push(...model.read({ patientId: 'p1', time: end - 1 }))
        expect(brief(driver.events).toSorted()).toEqual(expected.toSorted())
        stillRaised(driver.events)
      }),
      { numRuns: cases },
    )
  })

  it.each([
    ['live', false],
    ['in a replay', true],
  ])('never lose a raised alarm, and leave the others as they are, %s', (_name, isReplay) => {
    fc.assert(
      fc.property(
        ruleSets2,
        ruleSets2,
        readings2,
        steps,
        fc.infiniteStream(fc.boolean()),
        (data, other, rows, given, restores) => {
          const base = parseRuleSet(data)
          const all = changesOf(given, rows, base.version)
          const whole = { ...signature, id: 'whole', at: 0, put: { rules: other.rules.slice(1) } } as RuleChange
          const [plain, changing, restored] = [0, 1, 2].map(
            () => new Driver(() => evaluateRules(base), { isReplay }),
          ) as [Driver, Driver, Driver]
          const ward = compileRules(base)
          const events: AlarmEvent[] = []
          let snapshot: WardSnapshot | undefined
          let now = 0
          const touched = new Set<string>(['new'])
          for (const [i, row] of rows.entries()) {
            now = Math.max(now, row.time)
            for (const driver of [plain, changing, restored]) driver.read(row, now)
            events.push(...ward.feed(row, now))
            const changes = (all.get(i) ?? []).map(({ change }) => change)
            if (i === 3) changes.push(whole)
            for (const change of changes) {
              now = Math.max(now, change.at)
              for (const driver of [changing, restored]) driver.change(change, now)
              plain.advanceTo(now)
              const result = ward.change(change, now)
              events.push(...result.events)
              const { outcome } = result
              for (const one of outcome.status === 'accepted' ? outcome.differences : []) {
                if ('rule' in one) touched.add(one.rule)
                // The sets have rules with limits.
                if ('limit' in one) for (const { id } of base.rules) touched.add(id)
              }
            }
            if (!restores.next().value) continue
            restored.restore()
            snapshot = structuredClone(ward.snapshot())
            const again = compileRules(base)
            again.restore(snapshot)
            expect(structuredClone(again.snapshot())).toEqual(snapshot)
          }
          for (const driver of [plain, changing, restored]) driver.advanceTo(now + 100)
          events.push(...ward.advanceTo(now + 100))

          expect(restored.events).toEqual(changing.events)
          expect(restored.audit).toEqual(changing.audit)
          if (!isReplay) expect(events).toEqual(changing.events)
          const unchanged = (driver: Driver) =>
            driver.events.filter(({ rule }) => !touched.has(rule)).map(({ ruleVersion: _, ...event }) => event)
          expect(unchanged(changing)).toEqual(unchanged(plain))
          const inForce = new Set(ward.history === undefined ? [] : rulesOf(ward.history).rules.map(({ id }) => id))
          for (const { rule } of stillRaised(changing.events)) expect(inForce).toContain(rule)
          expect(verifyAudit(changing.audit)).toMatchObject({ isWhole: true, entries: changing.audit.length })
        },
      ),
      { numRuns: cases },
    )
  })
})

describe('a change', () => {
  const set = 'alarm low\n  when spo2 < 88 % for 15s\n  priority high\nalarm fast\n  when heart-rate > 120 /min for 10s'
  const driverOf = (text: string): Driver => new Driver(() => evaluateRules(parseRules(text)), { isReplay: false })
  const changed = (driver: Driver, now: number, change: object): string[] => {
    const before = driver.events.length
    driver.change({ ...signature, id: `c${now}`, at: now, ...change } as RuleChange, now)
    return brief(driver.events.slice(before))
  }

  it('ends the alarm of a rule that is removed or disabled, and says by which change', () => {
    for (const [what, how] of [
      [{ remove: ['low'] }, 'removed'],
      [{ disable: ['low'] }, 'disabled'],
    ] as const) {
      const driver = driverOf(set)
      driver.read({ patientId: 'p1', time: 0, spo2: 80 })
      driver.advanceTo(20_000)
      expect(changed(driver, 21_000, what)).toEqual(['low cleared 21000'])
      const [raised, cleared] = driver.events
      expect(cleared).toMatchObject({
        id: raised?.id,
        why: { condition: 'spo2 < 88 %', change: { id: 'c21000', rule: how } },
      })
      driver.read({ patientId: 'p1', time: 22_000, spo2: 80 })
      driver.advanceTo(90_000)
      expect(driver.events).toHaveLength(2)
    }
  })

  it('lets a raised alarm go on under its id where the changed rule does not say that it is over', () => {
    const driver = driverOf(set)
    driver.read({ patientId: 'p1', time: 0, spo2: 80 })
    driver.advanceTo(20_000)
    expect(
      changed(driver, 21_000, { put: 'alarm low\n  when spo2 < 85 % for 1m\n  clear when spo2 > 90 % for 5s' }),
    ).toEqual([])
    driver.read({ patientId: 'p1', time: 22_000, spo2: 95 })
    driver.advanceTo(28_000)
    expect(brief(driver.events)).toEqual(['low raised 15000', 'low cleared 27000'])
    expect(driver.events[1]?.id).toBe(driver.events[0]?.id)
  })

  it('ends it where the changed rule says so, and not where that is unknown', () => {
    const driver = driverOf(`${set}\nalarm other\n  when spo2 < 10 %`)
    driver.read({ patientId: 'p1', time: 0, spo2: 86 })
    driver.advanceTo(20_000)
    expect(changed(driver, 21_000, { put: 'alarm low\n  when heart-rate > 100 /min' })).toEqual([])
    expect(changed(driver, 22_000, { put: 'alarm low\n  when spo2 < 85 %' })).toEqual(['low cleared 22000'])
  })

  it('begins a changed rule anew, its `for` from the change on, also for a patient who is silent', () => {
    const driver = driverOf(set)
    driver.read({ patientId: 'p1', time: 0, spo2: 89 })
    expect(changed(driver, 5_000, { put: 'alarm low\n  when spo2 < 90 % for 15s' })).toEqual([])
    driver.advanceTo(30_000)
    expect(brief(driver.events)).toEqual(['low raised 20000'])
    expect(changed(driver, 31_000, { put: 'alarm at-once\n  when spo2 < 90 %' })).toEqual(['at-once raised 31000'])
  })

  it('settles what is due in its very ms when all of that ms has come: other changes, and a reading', () => {
    const due = 15_000
    const unrelated = { put: 'alarm other\n  when spo2 < 10 %' }
    const off = { id: 'off', disable: ['low'] }
    for (const changes of [[off], [{ id: 'other', ...unrelated }, off]]) {
      const driver = driverOf(set)
      driver.read({ patientId: 'p1', time: 0, spo2: 80 })
      expect(changes.flatMap((change) => changed(driver, due, change))).toEqual([])
      driver.advanceTo(due + 1)
      expect(driver.events).toEqual([])
    }
    const [broken, raised] = [97, 80].map((spo2) => {
      const driver = driverOf(set)
      driver.read({ patientId: 'p1', time: 0, spo2: 80 })
      changed(driver, due, unrelated)
      driver.read({ patientId: 'p1', time: due, spo2 })
      driver.advanceTo(due + 1)
      return brief(driver.events)
    })
    expect([broken, raised]).toEqual([[], ['low raised 15000']])
  })

  it('raises at once what begins with it, and ends it where another of the same ms takes the rule away', () => {
    const driver = driverOf(set)
    driver.read({ patientId: 'p1', time: 0, spo2: 80 })
    expect(changed(driver, 1_000, { id: 'put', put: 'alarm now\n  when spo2 < 85 %' })).toEqual(['now raised 1000'])
    expect(changed(driver, 1_000, { id: 'gone', remove: ['now'] })).toEqual(['now cleared 1000'])
    expect(driver.events[1]?.id).toBe(driver.events[0]?.id)
  })

  it('keeps the run of a rule whose priority or text is another', () => {
    const driver = driverOf(set)
    driver.read({ patientId: 'p1', time: 0, spo2: 80 })
    changed(driver, 14_000, { put: 'alarm low "Sats"\n  when spo2 < 88 % for 15s\n  priority low' })
    driver.advanceTo(20_000)
    expect(driver.events).toMatchObject([{ event: 'raised', time: 15_000, priority: 'low', why: { because: 'Sats' } }])
  })

  it('begins a rule anew when a definition that it uses is another, and no other rule', () => {
    const driver = driverOf(
      'define dropping as spo2 < 88 %\nalarm a\n  when dropping for 15s\nalarm b\n  when spo2 < 88 % for 15s',
    )
    driver.read({ patientId: 'p1', time: 0, spo2: 80 })
    changed(driver, 5_000, { put: 'define dropping as spo2 < 90 %' })
    driver.advanceTo(30_000)
    expect(brief(driver.events)).toEqual(['b raised 15000', 'a raised 20000'])
  })

  it('moves a limit of one patient: a run goes on where its condition holds before and after', () => {
    const limits = 'limits default\n  heart-rate.high 120 /min\n'
    const driver = driverOf(`${limits}alarm fast\n  when heart-rate > limit(heart-rate.high) for 10s`)
    for (const patientId of ['p1', 'p2', 'p3'])
      driver.read({ patientId, time: 0, heartRate: patientId === 'p2' ? 118 : 130 })
    changed(driver, 4_000, {
      limits: {
        patients: {
          p1: { 'heartRate.high': '125 /min' },
          p2: { 'heartRate.high': '115 /min' },
          p3: { 'heartRate.high': '140 /min' },
        },
      },
    })
    driver.advanceTo(30_000)
    expect(driver.events.map(({ patientId, time }) => `${patientId} ${time}`)).toEqual(['p1 10000', 'p2 14000'])
    expect(driver.events[1]?.why.values[0]).toMatchObject({ limit: 115, limitFrom: 'patient' })
  })

  it('carries windows, counts and baselines; one that gets longer begins with what there is', () => {
    const counted = 'alarm often\n  when 3 of 5 spo2 < 88 %\nalarm mean\n  when mean(spo2 over 1m) < 90 %\n'
    const driver = driverOf(counted)
    for (const [i, spo2] of [80, 95, 80].entries()) driver.read({ patientId: 'p1', time: i * 1_000, spo2 })
    expect(brief(driver.events)).toEqual(
      ['mean raised 0', 'mean cleared 1000', 'mean raised 2000'].filter((_, i) => i === 0),
    )
    changed(driver, 3_000, {
      put: 'alarm longer\n  when mean(spo2 over 5m, at least 4) < 90 %\nalarm twice\n  when 4 of 9 spo2 < 88 %',
    })
    driver.read({ patientId: 'p1', time: 4_000, spo2: 80 })
    driver.read({ patientId: 'p1', time: 5_000, spo2: 80 })
    expect(brief(driver.events).slice(1)).toEqual(['often raised 4000', 'longer raised 4000', 'twice raised 5000'])
  })

  it('misses a signal that no rule looked at before from the change on', () => {
    const driver = driverOf(set)
    driver.read({ patientId: 'p1', time: 0, spo2: 99, temperature: 37 })
    expect(changed(driver, 50_000, { put: 'alarm off technical\n  when no temperature within 30s' })).toEqual([])
    driver.advanceTo(90_000)
    expect(driver.events).toMatchObject([{ rule: 'off', time: 80_000, why: { lastSeen: null } }])
    expect(changed(driver, 91_000, { put: 'alarm off technical\n  when no temperature within 5m' })).toEqual([
      'off cleared 91000',
    ])
    driver.advanceTo(400_000)
    expect(brief(driver.events).at(-1)).toBe('off raised 350000')
  })

  it('that is refused changes nothing, and is in the audit without what it holds', () => {
    const driver = driverOf(set)
    driver.read({ patientId: 'p1', time: 0, spo2: 80 })
    expect(changed(driver, 10_000, { put: 'alarm low\n  when spo2 < limit(spo2.low)' })).toEqual([])
    driver.advanceTo(20_000)
    expect(brief(driver.events)).toEqual(['low raised 15000'])
    expect(driver.audit).toMatchObject([
      {
        chain: 'rules',
        seq: 1,
        at: 10_000,
        fact: { type: 'rules-refused', change: { author: 'eng-7' }, problems: [{ code: 'RULES_LIMIT_UNKNOWN' }] },
      },
    ])
    expect(JSON.stringify(driver.audit)).not.toContain('spo2.low')
  })

  it('is written down with who made it, why, the versions and what differs', () => {
    const driver = driverOf(set)
    const before = parseRules(set).version
    changed(driver, 1_000, { remove: ['fast'] })
    changed(driver, 2_000, { rollBack: before })
    driver.change({ ...signature, id: 'c2000', at: 2_000, rollBack: before }, 3_000)
    const [removed, back, again] = driver.audit.map(({ fact }) => fact as Record<string, unknown>)
    expect(removed).toMatchObject({
      type: 'rules-changed',
      change: { id: 'c1000', at: 1_000, author: 'eng-7', reason: 'trial' },
      before,
      revision: 2,
      differences: [{ rule: 'fast', what: 'removed' }],
    })
    expect(back).toMatchObject({ type: 'rules-changed', before: removed?.after, after: before, revision: 3 })
    expect(again).toMatchObject({ type: 'rules-repeated', change: { id: 'c2000' }, version: before })
    expect(verifyAudit(driver.audit).isWhole).toBe(true)
  })

  it('outlives a restart, which goes on only with rules that the history has', () => {
    const [one, two] = [set, 'alarm slow\n  when heart-rate < 40 /min'].map(parseRules) as [RuleSet, RuleSet]
    let code = one
    const driver = new Driver(() => evaluateRules(code), { isReplay: false })
    driver.read({ patientId: 'p1', time: 0, spo2: 80 })
    changed(driver, 1_000, { set: two.toJSON() })
    code = two
    driver.restore()
    driver.read({ patientId: 'p1', time: 2_000, heartRate: 30 })
    expect(brief(driver.events)).toEqual(['slow raised 2000'])
    code = parseRules('alarm other\n  when heart-rate < 50 /min')
    driver.restore()
    expect(() => driver.read({ patientId: 'p1', time: 3_000, heartRate: 30 })).toThrow(
      expect.objectContaining({ code: 'RULES_STATE_OF_OTHER_RULES' }),
    )
  })
})
