import { keyedCoProcessOperator } from '@millrace/core/connector'
import { operatorHarness } from '@millrace/core/testing'
import fc from 'fast-check'
import { Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type AlarmAction,
  type AlarmCorrection,
  type AlarmEvent,
  type AlarmLifeOptions,
  type AlarmOutcome,
  alarmAudit,
  alarmId,
  alarmLife,
  alarmNotices,
  compileRules,
  manageAlarms,
  parseRules,
  rejectedActions,
  verifyAudit,
} from '../src/index.ts'
import { manageAlarms as manageInRx } from '../src/rxjs/index.ts'
import { alarmEvent, lifeRules } from './life-driver.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 200)
const notify = [{ to: ['nurse'] }, { to: ['charge'], after: '4ms', unless: 'acknowledged' }]
const rules = lifeRules({
  low: { priority: 'high', latching: true, notify },
  fast: { priority: 'medium', suppressedBy: ['low'], rearm: '6ms', notify },
  off: { kind: 'technical', priority: 'low' },
})
const OPTIONS: AlarmLifeOptions = {
  ...{ lateAfter: '5ms', lateHeld: '3ms', remindEvery: '5ms', longestPause: '20ms' },
  rate: { most: 3, within: '7ms' },
}

type Given = { readonly now: number } & (
  | { readonly event: AlarmEvent | AlarmCorrection }
  | { readonly action: AlarmAction }
)

const rule = fc.constantFrom('low', 'fast', 'off')
const step = fc.record({
  wait: fc.constantFrom(0, 0, 1, 2, 3, 5, 9),
  patientId: fc.constantFrom('p1', 'p2', 'p10'),
  rule,
  what: fc.constantFrom(
    ...['raised', 'raised', 'raised', 'late', 'cleared', 'cleared', 'retracted', 'annotated', 'acknowledge'],
    ...['pause', 'snooze', 'silence', 'resume', 'assign', 'undelivered', 'nonsense'],
  ),
})

/** What is given and when: ends and acknowledgements of alarms that began, by their ids. */
function givenOf(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]): Given[] {
  let now = 1_000
  const ids = new Map<string, string>()
  return steps.map(({ wait, patientId, rule, what }): Given => {
    now += wait
    const key = `${patientId} ${rule}`
    const known = ids.get(key) ?? 'none'
    const by = { patientId, actor: 'nurse-1' }
    if (what === 'raised' || what === 'late') {
      const time = what === 'late' ? now - 9 : now
      const id = alarmId(rule, patientId, time)
      ids.set(key, id)
      return { now, event: { ...alarmEvent(rules, rule, 'raised', time), patientId, id } }
    }
    if (what === 'cleared' || what === 'retracted' || what === 'annotated') {
      const event = { ...alarmEvent(rules, rule, 'cleared', now), patientId, id: known, event: what }
      return { now, event: event as AlarmEvent | AlarmCorrection }
    }
    const actions: Record<string, object> = {
      acknowledge: { alarm: known },
      pause: { until: now + 6, reason: 'x-ray' },
      snooze: { rule, until: now + 5, reason: 'asleep' },
      silence: { rule, until: now + 40, reason: 'known' },
      resume: { rule },
      assign: { role: 'nurse', recipients: ['n7'], until: now + 8 },
      undelivered: { notice: `${known}.1.0.nurse`, recipient: 'nurse', code: 'GONE' },
      nonsense: {},
    }
    return { now, action: { ...by, action: what, ...actions[what] } as AlarmAction }
  })
}

const all = (outcomes: readonly AlarmOutcome[]): AlarmOutcome => ({
  records: outcomes.flatMap(({ records }) => records),
  notices: outcomes.flatMap(({ notices }) => notices),
  audit: outcomes.flatMap(({ audit }) => audit),
  rejected: outcomes.flatMap(({ rejected }) => rejected),
})

/** What a job gives. */
function inJob(given: readonly Given[], end: number): AlarmOutcome {
  const harness = operatorHarness(keyedCoProcessOperator(manageAlarms(rules, OPTIONS)), {
    keyBy: (event: { patientId: string }) => event.patientId,
    secondKeyBy: (action: AlarmAction) => action.patientId,
  })
  for (const one of given) {
    harness.time(one.now)
    if ('event' in one) harness.process(one.event, one.now)
    else harness.processSecond(one.action, one.now)
  }
  harness.time(end)
  const outcome = {
    records: harness.output().map(({ value }) => value),
    notices: harness.sideOutput(alarmNotices).map(({ value }) => value),
    audit: harness.sideOutput(alarmAudit).map(({ value }) => value),
    rejected: harness.sideOutput(rejectedActions).map(({ value }) => value),
  }
  harness.close()
  return outcome
}

function alone(given: readonly Given[], end: number, restores: Iterator<boolean>): AlarmOutcome {
  let life = alarmLife(rules, OPTIONS)
  const outcomes = given.map((one) => {
    if (restores.next().value) {
      const snapshot = structuredClone(life.snapshot())
      life = alarmLife(rules, OPTIONS)
      life.restore(snapshot)
      expect(life.snapshot()).toEqual(snapshot)
    }
    return 'event' in one ? life.feed([one.event], one.now) : life.act(one.action, one.now)
  })
  return all([...outcomes, life.advanceTo(end)])
}

function overObservables(given: readonly Given[], end: number): AlarmOutcome {
  const scheduler = new VirtualTimeScheduler()
  const [events, actions] = [new Subject<AlarmEvent | AlarmCorrection>(), new Subject<AlarmAction>()]
  const [records, notices, audit, rejected]: [unknown[], unknown[], unknown[], unknown[]] = [[], [], [], []]
  const options = { ...OPTIONS, scheduler, actions }
  events
    .pipe(
      manageInRx(rules, {
        ...options,
        onNotice: (notice) => notices.push(notice),
        onAudit: (entry) => audit.push(entry),
        onRejectedAction: (one) => rejected.push(one),
      }),
    )
    .subscribe((record) => records.push(record))
  for (const one of given) {
    scheduler.schedule(() => ('event' in one ? events.next(one.event) : actions.next(one.action)), one.now)
  }
  scheduler.schedule(() => events.complete(), end)
  scheduler.flush()
  return { records, notices, audit, rejected } as unknown as AlarmOutcome
}

describe("an alarm's life without a job", () => {
  it('is what it is in a job, restored between any two inputs or not, alone and over Observables', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40, size: 'max' }),
        fc.infiniteStream(fc.boolean()),
        (steps, restores) => {
          const given = givenOf(steps)
          const end = (given.at(-1)?.now ?? 0) + 60
          const expected = inJob(given, end)
          expect(alone(given, end, restores)).toEqual(expected)
          expect(overObservables(given, end)).toEqual(expected)
          expect(verifyAudit(expected.audit).isWhole).toBe(true)
        },
      ),
      { numRuns: cases },
    )
  })

  it('says when time alone brings something next, and nothing comes before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        const life = alarmLife(rules, OPTIONS)
        for (const one of givenOf(steps)) {
          if ('event' in one) life.feed([one.event], one.now)
          else life.act(one.action, one.now)
        }
        for (let i = 0; i < 20 && life.next < Infinity; i++) {
          const { next } = life
          for (const list of Object.values(life.advanceTo(next - 1))) expect(list).toEqual([])
          life.advanceTo(next)
          expect(life.next).toBeGreaterThan(next)
        }
      }),
      { numRuns: cases },
    )
  })

  it.each([null, 7, {}, { patientId: '', action: 'resume' }, { patientId: 7, actor: 'nurse-1', action: 'resume' }])(
    'rejects %o, an action of no patient, and goes on',
    (action) => {
      const kind = typeof action === 'object' && action !== null && 'action' in action ? 'resume' : null
      const expected = { patientId: '', action: kind, code: 'ACTION_PATIENT_INVALID', time: 1_000 }
      const life = alarmLife(rules, OPTIONS)
      expect(life.act(action as never, 1_000)).toEqual({ records: [], notices: [], audit: [], rejected: [expected] })
      const event = alarmEvent(rules, 'off', 'raised', 1_000)
      expect(life.feed([event], 1_000).records).toHaveLength(1)
      const over = overObservables(
        [
          { now: 1_000, action: action as never },
          { now: 1_000, event },
        ],
        1_010,
      )
      expect([over.records.length, over.rejected]).toEqual([1, [expected]])
    },
  )

  it('goes with a ward that is run alone', () => {
    const set = parseRules(`alarm low "Too low"
  when spo2 < 88 % for 15s
  notify nurse; after 2m unless acknowledged notify charge`)
    const [ward, life] = [compileRules(set), alarmLife(set)]
    const told: string[] = []
    const tell = ({ notices }: AlarmOutcome) =>
      told.push(...notices.map(({ time, recipient, cause }) => `${time} ${recipient} ${cause}`))
    tell(life.feed(ward.feed({ patientId: 'p1', time: 0, spo2: 80 }), 0))
    tell(life.feed(ward.advanceTo(16_000), 16_000))
    tell(life.advanceTo(200_000))
    expect(told).toEqual(['16000 nurse raised', '136000 charge escalated'])
  })

  it('takes its time from events where none is given, and refuses what has none, or no patient', () => {
    const life = alarmLife(rules, OPTIONS)
    const action = { patientId: 'p1', actor: 'nurse-1', action: 'resume' } as const
    expect(() => life.act(action)).toThrow(/RULES_CLOCK_MISSING/)
    for (const now of [Number.NaN, Infinity]) expect(() => life.advanceTo(now)).toThrow(/RULES_CLOCK_MISSING/)
    expect(life.feed([alarmEvent(rules, 'off', 'raised', 5_000)]).notices[0]?.time).toBe(5_000)
    expect(life.act(action).audit[0]?.at).toBe(5_000)
    const other = { ...action, patientId: 'p2' }
    life.advanceTo(10_000)
    life.act({ ...other, action: 'pause', until: 10_015, reason: 'x-ray' })
    expect(life.next).toBe(10_015)
    life.act(other)
    expect(life.next).toBe(Infinity)
    for (const bad of [null, {}, { patientId: 7 }]) {
      expect(() => life.feed([bad as never], 5_000)).toThrow(/RULES_TYPE_INVALID/)
    }
    expect(() => life.restore({ ...life.snapshot(), format: 2 } as never)).toThrow(/RULES_STATE_OF_OTHER_RULES/)
    expect(() => manageInRx(rules, { actions: [] as never })).toThrow(/RULES_OPTION_INVALID/)
  })
})
