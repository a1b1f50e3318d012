import { createEnvironment, defineJob, monotonousTimestamps } from '@millrace/core'
import { keyedCoProcessOperator, keyedProcessOperator, type Sink } from '@millrace/core/connector'
import {
  crash,
  end,
  idle,
  manualClock,
  operatorHarness,
  record,
  type ScriptElement,
  type ScriptMark,
  scripted,
  testJob,
  time,
  verifyOperator,
} from '@millrace/core/testing'
import { describe, expect, it } from 'vitest'
import {
  type AlarmAction,
  type AlarmEvent,
  type AlarmNotice,
  type AlarmRecord,
  type AuditEntry,
  alarmAudit,
  alarmNotices,
  evaluateRules,
  limitNotices,
  manageAlarms,
  type Reading,
  rejectedActions,
  verifyAudit,
} from '../src/index.ts'
import { alarmEvent, lifeRules } from './life-driver.ts'

const SECOND = 1_000
/** Every sink of a job under test is replaced. */
const replaced: Sink<unknown> = {
  kind: 'replaced',
  delivery: 'at-least-once',
  open: () => ({ write: () => undefined }),
}
const notify = [{ to: ['nurse'] }, { to: ['charge'], after: '20s', unless: 'acknowledged' }]
const rules = lifeRules({
  low: { priority: 'high', latching: true, notify },
  fast: { priority: 'medium', suppressedBy: ['low'], rearm: '15s', notify },
  off: { kind: 'technical', priority: 'low' },
})

/** Alarms and actions of two patients, one after the other, so that every part of a life comes up. */
function script(): ScriptElement<AlarmEvent | AlarmAction>[] {
  const names = ['low', 'fast', 'off'] as const
  const elements: ScriptElement<AlarmEvent | AlarmAction>[] = []
  // An alarm's end has its id.
  const ids = new Map<string, string>()
  for (let i = 0; i < 60; i++) {
    const at = i * 3 * SECOND
    const patientId = `p${i % 2}`
    const rule = names[i % 3] as string
    elements.push(time(at))
    const event = alarmEvent(rules, rule, i % 9 < 5 ? 'raised' : 'cleared', i % 20 === 7 ? at - 400 * SECOND : at)
    const about = `${patientId} ${rule}`
    const id = event.event === 'raised' ? event.id : (ids.get(about) ?? event.id)
    ids.set(about, id)
    elements.push(record({ ...event, id, patientId }, at))
    const actions: Record<number, object> = {
      3: { action: 'acknowledge', alarm: 'none' },
      8: { action: 'pause', until: at + 10 * SECOND, reason: 'suction' },
      14: { action: 'snooze', rule: 'fast', until: at + 20 * SECOND, reason: 'asleep' },
      19: { action: 'resume' },
      24: { action: 'assign', role: 'nurse', recipients: ['n7'], until: at + 30 * SECOND },
      29: { action: 'silence', rule: 'low', until: at + 5 * SECOND, reason: 'artefact' },
    }
    const action = actions[i % 30]
    if (action !== undefined) elements.push(record({ patientId, actor: 'nurse-1', ...action } as AlarmAction, at, 1))
  }
  return elements
}

/** A ward, from readings to notices. Its sources and sinks are replaced when it is tested. */
const ward = defineJob('ward', (env) => {
  const byTime = monotonousTimestamps().timestamp((r: { time: number }) => r.time)
  const readings = env.fromSource(scripted<Reading>().source(undefined), { id: 'readings', watermarks: byTime })
  const actions = env.fromSource(scripted<AlarmAction & { time: number }>().source(undefined), {
    id: 'actions',
    watermarks: byTime,
  })
  const alarms = readings
    .keyBy((r) => r.patientId)
    .process(evaluateRules(rules), { id: 'rules' })
    .keyBy((a) => a.patientId)
    .connect(actions.keyBy((a) => a.patientId))
    .process(manageAlarms(rules), { id: 'alarms' })
  alarms.sinkTo(replaced, { id: 'records' })
  alarms.getSideOutput(alarmNotices).sinkTo(replaced, { id: 'notices' })
  alarms.getSideOutput(alarmAudit).sinkTo(replaced, { id: 'audit' })
  alarms.getSideOutput(rejectedActions).sinkTo(replaced, { id: 'rejected' })
})

describe('manageAlarms', () => {
  it('is an operator as the contract has it: batches, snapshots and restores change nothing', () => {
    const options = { rate: { most: 2, within: '10s' }, remindEvery: '7s', lateHeld: '9s' } as const
    return verifyOperator(keyedCoProcessOperator(manageAlarms(rules, options)), script(), {
      ...{ keyBy: (event: { patientId: string }) => event.patientId, secondKeyBy: (action) => action.patientId },
      allowsLate: true,
    })
  })

  it('finds what is due by itself, also after a restart', () => {
    const harness = operatorHarness(keyedCoProcessOperator(manageAlarms(rules)), {
      ...{
        keyBy: (event: { patientId: string }) => event.patientId,
        secondKeyBy: (action: AlarmAction) => action.patientId,
      },
    })
    const raised = alarmEvent(rules, 'fast', 'raised', 0)
    harness.time(0)
    harness.process(raised, 0)
    expect(harness.sideOutput(alarmNotices)).toHaveLength(1)
    harness.process({ ...raised, event: 'cleared', time: 1 }, 1)
    harness.time(10 * SECOND)
    harness.restart()
    harness.process({ ...raised, time: 10 * SECOND, why: { ...raised.why, since: 10 * SECOND } }, 10 * SECOND)
    // The rule re-arms 15 s after the end, and the alarm that is held until then is told.
    expect(harness.sideOutput(alarmNotices)).toEqual([])
    harness.time(20 * SECOND)
    expect(harness.sideOutput(alarmNotices).map(({ value, timestamp }) => [value.cause, timestamp])).toEqual([
      ['raised', 15 * SECOND],
    ])
    harness.close()
  })

  it('numbers the records of one id in their order, also where an alarm begins again in the ms of its end', () => {
    const harness = operatorHarness(keyedCoProcessOperator(manageAlarms(rules)), {
      ...{ keyBy: (event: { patientId: string }) => event.patientId },
      secondKeyBy: (action: AlarmAction) => action.patientId,
    })
    const raised = alarmEvent(rules, 'off', 'raised', 0)
    harness.time(0)
    for (const event of [raised, { ...raised, event: 'cleared' } as const, raised]) harness.process(event, 0)
    const records = harness.output().map(({ value }) => value)
    expect(records.map(({ id, status }) => [id, status])).toEqual([
      [raised.id, 'in-progress'],
      [raised.id, 'completed'],
      [raised.id, 'in-progress'],
    ])
    const revisions = records.map(({ revision }) => revision)
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
    harness.close()
  })

  it('refuses a replay whose clock has not begun', () => {
    const harness = operatorHarness(keyedCoProcessOperator(manageAlarms(rules)), {
      ...{ keyBy: (event: { patientId: string }) => event.patientId },
      secondKeyBy: (action: AlarmAction) => action.patientId,
    })
    expect(() => harness.process(alarmEvent(rules, 'low', 'raised', 0), 0)).toThrow(/RULES_CLOCK_MISSING/)
  })

  it('goes through a job from readings to notices, crash or not, with an audit that is whole', async () => {
    const run = async (marks: readonly unknown[]) => {
      const rows = Array.from({ length: 40 }, (_, i): Reading => {
        return { patientId: `p${i % 2}`, time: i * 2 * SECOND, spo2: i % 20 < 8 ? 80 : 97 }
      })
      const readings = scripted<Reading>(...rows.slice(0, 15), ...(marks as never[]), ...rows.slice(15), end())
      const act = (second: number, action: object) => ({
        patientId: 'p0',
        actor: 'n1',
        time: second * SECOND,
        ...action,
      })
      const actions = scripted<AlarmAction & { time: number }>(
        act(5, { action: 'pause', until: 20 * SECOND, reason: 'suction' }) as never,
        act(30, { action: 'resume' }) as never,
        act(31, { action: 'acknowledge', alarm: 'unknown' }) as never,
        end(),
      )
      const test = testJob(ward, { readings, actions })
      const [records, notices, audit, rejected] = await Promise.all(
        ['records', 'notices', 'audit', 'rejected'].map((id) => test.output(id)),
      )
      return { records, notices, audit, rejected } as unknown as {
        readonly records: AlarmRecord[]
        readonly notices: AlarmNotice[]
        readonly audit: AuditEntry[]
        readonly rejected: unknown[]
      }
    }
    const plain = await run([])
    const crashed = await run([crash()])
    expect(plain.notices.length).toBeGreaterThan(4)
    expect(plain.rejected).toHaveLength(1)
    expect(crashed).toEqual(plain)
    expect(verifyAudit(plain.audit)).toMatchObject({ isWhole: true, repeats: 0, entries: plain.audit.length })
  })
})

it('tells each step of a live job once, by the wall clock, also when it crashes in between', async () => {
  const start = 1_700_000_000_000
  const reading = (second: number, spo2: number): Reading => ({ patientId: 'p1', time: start + second * SECOND, spo2 })
  const run = async (...marks: ScriptMark[]) => {
    const readings = scripted<Reading>(
      ...[
        reading(0, 97),
        reading(1, 80),
        idle('10s'),
        ...marks,
        reading(11, 80),
        idle('15s'),
        reading(26, 80),
        idle('1m'),
      ],
      ...[...marks, reading(86, 80), end()],
    )
    const test = testJob(
      ward,
      { readings, actions: scripted<AlarmAction & { time: number }>(end()) },
      { clock: manualClock(start) },
    )
    const notices = (await test.output('notices')) as AlarmNotice[]
    const { isWhole } = verifyAudit((await test.output('audit')) as AuditEntry[])
    return {
      isWhole,
      told: notices.map(
        ({ cause, recipient, rule, time }) => `${(time - start) / SECOND} ${recipient} ${cause} ${rule}`,
      ),
    }
  }
  const plain = await run()
  expect(plain).toEqual({
    isWhole: true,
    told: expect.arrayContaining(['0 nurse raised low', '20 charge escalated low']),
  })
  expect(await run(crash())).toEqual(plain)
})

describe('limitNotices', () => {
  const notice = (i: number, priority: 'high' | 'low'): AlarmNotice => {
    return {
      ...{
        key: `k${i}`,
        recipient: `n${i % 2}`,
        role: 'nurse',
        patientId: `p${i}`,
        alarm: `a${i}`,
        rule: 'low',
        priority,
      },
      ...{ ruleVersion: rules.version, kind: 'physiological', cause: 'raised', time: i, text: `text ${i}` },
    }
  }

  it('is an operator as the contract has it', () => {
    const script = Array.from({ length: 40 }, (_, i) => [
      time(i * SECOND),
      record(notice(i, i % 7 === 3 ? 'high' : 'low'), i * SECOND),
    ]).flat()
    return verifyOperator(keyedProcessOperator(limitNotices({ most: 2, within: '10s' })), script, {
      ...{ keyBy: (n: AlarmNotice) => n.recipient, allowsLate: true },
    })
  })

  it('tells one recipient of all patients together: at once within the rate, as one beyond it, high priority always', async () => {
    const env = createEnvironment()
    const given = [0, 2, 4, 6, 8, 10].map((i) => notice(i, i === 8 ? 'high' : 'low'))
    const out = await env
      .fromArray([...given, { ...notice(60_000, 'low'), recipient: 'other' }], {
        watermarks: monotonousTimestamps().timestamp((n: AlarmNotice) => n.time),
      })
      .keyBy((n) => n.recipient)
      .process(limitNotices({ most: 2, within: '1s' }))
      .executeAndCollect()
    expect(out.map(({ key, members }) => members?.map((m) => `${m.patientId} ${m.key}`) ?? key)).toEqual([
      ...['k0', 'k2', 'k8'],
      ...[['p4 k4', 'p6 k6', 'p10 k10'], 'k60000'],
    ])
  })
})
