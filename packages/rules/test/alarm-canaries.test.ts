import { keyedCoProcessOperator, keyedProcessOperator } from '@millrace/core/connector'
import { operatorHarness } from '@millrace/core/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AlarmAction,
  type AlarmEvent,
  type AlarmLifeOptions,
  alarmAudit,
  alarmNotices,
  evaluateRules,
  limitNotices,
  manageAlarms,
  type Reading,
  rejectedActions,
  rejectedReadings,
} from '../src/index.ts'
import { lifeRules } from './life-driver.ts'

// What must not leak: each a text that nothing else contains.
const NAME = 'Wilhelmina Quackenbush'
const PHONE = '+49-151-7006713'
const ADDRESS = 'Eichenkamp 77'
const VALUE = 67.41337
const CANARIES = [NAME, PHONE, ADDRESS, String(VALUE)]
/** On purpose in the audit; who acknowledged or paused is in the alarm's record, too. */
const ACTOR = 'actor-4711'
const REASON = `asked by ${NAME}, ${PHONE}`

const rules = lifeRules({
  low: { priority: 'high', latching: true, notify: [{ to: ['nurse'] }, { to: ['charge'], after: '5s' }] },
  also: { priority: 'low', when: { signal: 'spo2', below: '90 %' } },
})

const printed: unknown[] = []
beforeEach(() => {
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...args) => void printed.push(...args))
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  printed.length = 0
})

/** Readings and actions full of canaries through the whole way, by hand. */
function run(options: AlarmLifeOptions = {}) {
  const engine = operatorHarness(keyedProcessOperator(evaluateRules(rules)), { keyBy: (r: Reading) => r.patientId })
  const life = operatorHarness(keyedCoProcessOperator(manageAlarms(rules, options)), {
    keyBy: (event: { patientId: string }) => event.patientId,
    secondKeyBy: (action: AlarmAction) => action.patientId,
  })
  const limit = operatorHarness(keyedProcessOperator(limitNotices({ most: 1, within: '10s' })), {
    keyBy: (notice: { recipient: string }) => notice.recipient,
  })
  for (const harness of [engine, life, limit]) harness.time(0)
  const reading = { patientId: 'p1', time: 0, spo2: VALUE, name: NAME, phone: PHONE, address: ADDRESS }
  engine.process(reading as Reading, 0)
  engine.process({ ...reading, time: 1, spo2: { value: VALUE, unit: NAME } } as never, 1)
  const alarms = engine.output().map(({ value }) => value as AlarmEvent)
  for (const alarm of alarms) life.process(alarm, alarm.time)
  const act = (action: object) => life.processSecond({ patientId: 'p1', actor: ACTOR, ...action } as AlarmAction, 0)
  const until = 5_000
  act({ action: 'pause', until, reason: REASON })
  act({ action: 'resume', reason: REASON })
  act({ action: 'acknowledge', alarm: NAME, reason: REASON })
  act({ action: 'pause', until: 1e15, reason: REASON })
  act({ action: 'silence', rule: ADDRESS, until, reason: REASON })
  act({ action: 'assign', role: NAME, recipients: [PHONE], until })
  act({ action: 'assign', role: 'nurse', recipients: [NAME], until })
  act({ action: NAME, reason: REASON })
  act({ action: 'undelivered', notice: `${NAME} ${PHONE}`, recipient: PHONE, code: ADDRESS })
  act({ action: 'acknowledge', alarm: 'x', actor: `${NAME} `.repeat(20) })
  life.time(60_000)
  const notices = life.sideOutput(alarmNotices).map(({ value }) => value)
  for (const notice of notices) limit.process(notice, notice.time)
  limit.time(60_000)
  return {
    notices: [...notices, ...limit.output().map(({ value }) => value)],
    rejected: life.sideOutput(rejectedActions),
    rejectedReadings: engine.sideOutput(rejectedReadings),
    records: life.output().map(({ value }) => value),
    audit: [...life.sideOutput(alarmAudit), ...limit.sideOutput(alarmAudit)].map(({ value }) => value),
    counters: [engine, life, limit].map((harness) => harness.counters()),
  }
}

const leaks = (what: unknown) => CANARIES.filter((canary) => JSON.stringify(what).includes(canary))

describe('names, phones, addresses and values', () => {
  it('stand in no notice, reject, counter or line that is printed', () => {
    const { counters, notices, rejected, rejectedReadings } = run()
    expect(notices.length).toBeGreaterThan(4)
    expect(rejected).toHaveLength(7)
    expect(rejectedReadings.length).toBeGreaterThan(0)
    for (const what of [notices, rejected, rejectedReadings, counters, printed]) expect(leaks(what)).toEqual([])
    expect(JSON.stringify([notices, rejected, counters])).not.toContain(ACTOR)
  })

  it('stand in a notice where its template asks for them by name, and no other', () => {
    const { notices } = run({ text: '{rule}: {value.spo2} {unit.spo2}, {value.heartRate}' })
    expect(leaks(notices.map(({ text: _, members: __, ...rest }) => rest))).toEqual([])
    expect(leaks(notices)).toEqual([String(VALUE)])
    expect(JSON.stringify(notices)).toContain(`low: ${VALUE} %, ?`)
  })

  it('stand in the records as the values that an alarm rests on, and nothing else', () => {
    const { records } = run()
    expect(leaks(records.map(({ why: _, ...rest }) => rest))).toEqual([])
    expect(leaks(records)).toEqual([String(VALUE)])
  })

  it('stand in the audit as inputs and reasons, on purpose; of a rejected action only its kind, code and actor do', () => {
    const { audit } = run()
    const facts = audit.map(({ fact }) => fact)
    expect(JSON.stringify(facts)).toContain(REASON)
    expect(JSON.stringify(facts)).toContain(String(VALUE))
    expect(leaks(facts.filter(({ type }) => type === 'action-rejected'))).toEqual([])
  })

  it('stand in no error of an option', () => {
    const bad = [
      { rate: { most: NAME } },
      { fallback: [`${NAME} ${PHONE}`] },
      { roles: { nurse: [{ recipients: [ADDRESS] }] } },
    ]
    for (const options of bad) {
      try {
        manageAlarms(rules, options as never)
        throw new Error('it was taken')
      } catch (error) {
        expect((error as Error).message).toContain('RULES_OPTION_INVALID')
        expect([PHONE, ADDRESS].filter((canary) => (error as Error).message.includes(canary))).toEqual([])
      }
    }
  })
})
