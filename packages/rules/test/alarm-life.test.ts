import { keyedProcessOperator } from '@millrace/core/connector'
import { operatorHarness } from '@millrace/core/testing'
import { describe, expect, it } from 'vitest'
import { type AlarmEvent, alarmId, evaluateRules, type Reading, type RuleSet } from '../src/index.ts'
import { alarmEvent, LifeDriver, lifeRules } from './life-driver.ts'

const SECOND = 1_000
const MINUTE = 60_000
const twoSteps = [{ to: ['nurse'] }, { to: ['charge'], after: '2m', unless: 'acknowledged' }]

/** What the engine makes of a reading that is too low for all of the rules. */
function raisedBy(rules: RuleSet): readonly AlarmEvent[] {
  const harness = operatorHarness(keyedProcessOperator(evaluateRules(rules)), { keyBy: (r: Reading) => r.patientId })
  harness.process({ patientId: 'p1', time: 0, spo2: 80 }, 0)
  return harness.output().map(({ value }) => value)
}

function ward(rules: Readonly<Record<string, object>>, options = {}, rest = {}): LifeDriver {
  return new LifeDriver(lifeRules(rules, rest), options)
}

describe('an alarm', () => {
  it('is told, escalates while nobody acknowledges it, and is over when its condition ends', () => {
    const life = ward({ low: { priority: 'high', notify: twoSteps } })
    const id = life.raise('low')
    expect(id).toBe(alarmId('low', 'p1', 0))
    expect(life.alarm('low')).toMatchObject({
      id,
      status: 'in-progress',
      presence: true,
      signal: { activation: 'on', presence: 'on', since: 0 },
    })
    expect(life.told()).toEqual(['0 nurse raised low'])
    life.advance(2 * MINUTE)
    expect(life.told()).toEqual(['120000 charge escalated low'])
    life.clear('low')
    expect(life.alarm('low')).toMatchObject({ status: 'completed', presence: false, ended: 120_000 })
    const revisions = life.records.map(({ revision }) => revision)
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
    // The rate's last minute, and then nothing is left of it.
    life.advance(MINUTE)
    expect(life.state).toBeUndefined()
    expect(life.due).toBe(Infinity)
  })

  it('that is acknowledged does not escalate, and says who it was', () => {
    const life = ward({ low: { notify: [...twoSteps, { to: ['doctor'], after: '5m' }] } })
    const alarm = life.raise('low')
    life.advance(MINUTE)
    life.act({ action: 'acknowledge', alarm })
    expect(life.alarm('low')).toMatchObject({
      acknowledged: { actor: 'nurse-1', time: MINUTE },
      signal: { activation: 'on', presence: 'ack' },
      presence: true,
    })
    life.told()
    life.advance(10 * MINUTE)
    // Only a step that does not ask for it is told all the same.
    expect(life.told()).toEqual(['300000 doctor escalated low'])
    life.act({ action: 'acknowledge', alarm, actor: 'nurse-2' })
    expect(life.alarm('low')?.acknowledged?.actor).toBe('nurse-1')
    expect(life.factTypes()).toContain('acknowledged-again')
  })

  it('that latches signals on after its condition has ended, until someone acknowledges it', () => {
    const life = ward({ low: { latching: true, notify: twoSteps } })
    const alarm = life.raise('low')
    life.advance(SECOND)
    life.clear('low')
    expect(life.alarm('low')).toMatchObject({
      status: 'in-progress',
      presence: false,
      ended: SECOND,
      signal: { activation: 'on', presence: 'latched' },
    })
    life.told()
    life.advance(2 * MINUTE)
    expect(life.told()).toEqual(['120000 charge escalated low'])
    life.act({ action: 'acknowledge', alarm })
    expect(life.alarm('low')).toMatchObject({ status: 'completed', acknowledged: { actor: 'nurse-1' } })
    life.advance(MINUTE)
    expect(life.state).toBeUndefined()
  })

  it('that latches stays the same alarm when its condition comes back, and escalates by its first beginning', () => {
    const life = ward({ low: { latching: true, notify: twoSteps } })
    const id = life.raise('low')
    life.advance(SECOND)
    life.clear('low')
    life.advance(MINUTE)
    life.raise('low')
    expect(life.alarm('low')).toMatchObject({ id, recurrences: 1, presence: true, signal: { presence: 'on' } })
    life.told()
    life.advance(MINUTE)
    expect(life.told()).toEqual(['120000 charge escalated low'])
    // Also by the id that its recurrence would have had.
    life.act({ action: 'acknowledge', alarm: alarmId('low', 'p1', 61_000) })
    expect(life.alarm('low')?.acknowledged?.actor).toBe('nurse-1')
  })

  it('is not raised anew before its rule is re-armed, and then at once if it still holds', () => {
    const life = ward({ low: { rearm: '5m' } })
    life.raise('low')
    life.advance(SECOND)
    life.clear('low')
    life.told()
    life.advance(SECOND)
    life.raise('low')
    life.advance(SECOND)
    life.clear('low')
    life.advance(SECOND)
    const since = life.now
    life.raise('low')
    expect(life.told()).toEqual([])
    life.advance(5 * MINUTE)
    expect(life.told()).toEqual([`${SECOND + 5 * MINUTE} ward raised low`])
    expect(life.alarm('low')).toMatchObject({ id: alarmId('low', 'p1', since), since })
    expect(life.factTypes().filter((type) => /held|unheard|rearmed/.test(type))).toEqual([
      'held-until-rearmed',
      'released-unheard',
      'held-until-rearmed',
      'rearmed',
    ])
  })

  it('of a rule that failed is another one beside it', () => {
    const life = ward({ low: { latching: true, rearm: '1m' } })
    const event = alarmEvent(life.rules, 'low', 'raised', 0)
    life.raise('low')
    const id = alarmId('low!RULES_EVALUATION_FAILED', 'p1', 0)
    const why = { ...event.why, kind: 'technical', error: 'RULES_EVALUATION_FAILED' } as const
    life.take({ type: 'event', event: { ...event, id, why } })
    expect(life.notices.map(({ kind, alarm }) => [kind, alarm])).toEqual([
      ['physiological', alarmId('low', 'p1', 0)],
      ['technical', id],
    ])
    // That it works again ends it at once, whatever the rule's own alarm does.
    life.take({ type: 'event', event: { ...event, id, why, event: 'cleared' } })
    expect(Object.keys(life.state?.alarms ?? {})).toEqual(['low'])
  })

  it('of a rule that the set does not have is told all the same', () => {
    const life = ward({ low: {} })
    life.raise('of-yesterday')
    expect(life.told()).toEqual(['0 ward raised of-yesterday'])
  })

  it('of another version of the rules goes by what that version says: it carries it', () => {
    const schedules = { night: { from: '00:00', to: '06:00', zone: 'UTC' } }
    const rules = lifeRules({ new: { latching: true, notify: [{ to: ['chief'], during: 'night' }] } }, { schedules })
    const life = ward({ low: {} })
    const [event] = raisedBy(rules)
    expect(event?.life).toEqual({ latching: true, notify: [{ to: ['chief'], during: 'night' }], schedules })
    life.take({ type: 'event', event: event as AlarmEvent })
    life.act({ action: 'silence', rule: 'new', until: MINUTE, reason: 'known' })
    life.act({ action: 'assign', role: 'chief', recipients: ['c1'], until: MINUTE })
    expect(life.rejected).toEqual([])
    life.act({ action: 'resume' })
    const { life: _, ...end } = event as AlarmEvent
    life.take({ type: 'event', event: { ...end, event: 'cleared' } })
    expect(life.told()).toEqual(['0 chief raised new', '0 c1 raised new'])
    expect(life.alarm('new')?.signal.presence).toBe('latched')
  })

  it('of two versions of the rules that would suppress each other is heard', () => {
    const rules = lifeRules({ a: { suppressedBy: ['b'] }, b: {} })
    const other = lifeRules({ a: {}, b: { suppressedBy: ['a'] } })
    const life = new LifeDriver(rules)
    const [a] = raisedBy(rules)
    const [, b] = raisedBy(other)
    for (const event of [a, b]) life.take({ type: 'event', event: event as AlarmEvent })
    expect(life.told()).toEqual(['0 ward raised a', '0 ward raised b'])
  })

  it('of another version, and of lower priority there, speaks for nobody above it', () => {
    const rules = lifeRules({ a: { priority: 'high', suppressedBy: ['b'] }, b: { priority: 'high' } })
    const life = new LifeDriver(rules)
    const [a] = raisedBy(rules)
    const [, b] = raisedBy(lifeRules({ a: {}, b: { priority: 'low' } }))
    for (const event of [b, a]) life.take({ type: 'event', event: event as AlarmEvent })
    expect(life.told()).toEqual(['0 ward raised b', '0 ward raised a'])
  })

  it('does not end with an earlier one whose end comes again', () => {
    const life = ward({ low: { priority: 'high' } })
    const first = { ...alarmEvent(life.rules, 'low', 'raised', 0), event: 'cleared' } as const
    life.raise('low')
    life.clear('low')
    life.advance(SECOND)
    life.raise('low')
    life.take({ type: 'event', event: first })
    expect(life.alarm('low')).toMatchObject({ status: 'in-progress', id: alarmId('low', 'p1', SECOND) })
    expect(life.factTypes().at(-1)).toBe('ignored')
  })

  it('that comes twice is one', () => {
    const life = ward({ low: {} })
    life.raise('low')
    life.raise('low')
    expect(life.records).toHaveLength(1)
    expect(life.notices).toHaveLength(1)
    expect(life.factTypes().at(-1)).toBe('ignored')
  })
})

describe('a pause', () => {
  it('holds back every signal until it ends, and then those go out whose condition holds', () => {
    const life = ward({ low: { priority: 'high' }, fast: {} })
    life.act({ action: 'pause', until: 2 * MINUTE, reason: 'suction' })
    life.raise('low')
    life.raise('fast')
    life.clear('fast')
    expect(life.told()).toEqual([])
    expect(life.alarm('low')).toMatchObject({
      presence: true,
      signal: { activation: 'paused', presence: 'off', hold: { by: 'pause', until: 2 * MINUTE, actor: 'nurse-1' } },
    })
    life.advance(2 * MINUTE)
    expect(life.told()).toEqual(['120000 ward raised low'])
    expect(life.factTypes()).toContain('pause-expired')
  })

  it('of one rule holds back that rule only, and quiets what signals already', () => {
    const life = ward({ low: { notify: twoSteps }, fast: {} })
    life.raise('low')
    life.act({ action: 'pause', rule: 'low', until: 3 * MINUTE, reason: 'seen' })
    life.raise('fast')
    expect(life.told()).toEqual(['0 nurse raised low', '0 ward raised fast'])
    life.advance(2.5 * MINUTE)
    expect(life.told()).toEqual([])
    life.act({ action: 'resume', rule: 'low' })
    // A new episode: the first step again, under another key.
    expect(life.told()).toEqual(['150000 nurse raised low'])
    expect(new Set(life.notices.map(({ key }) => key)).size).toBe(life.notices.length)
    life.advance(2 * MINUTE)
    expect(life.told()).toEqual(['270000 charge escalated low'])
  })

  it('that is a snooze is broken through by an alarm of high priority, and only by that', () => {
    const life = ward({ low: { priority: 'high' }, fast: { priority: 'medium' } })
    life.act({ action: 'snooze', until: 5 * MINUTE, reason: 'asleep' })
    life.raise('fast')
    life.raise('low')
    expect(life.told()).toEqual(['0 ward raised low'])
    life.advance(5 * MINUTE)
    expect(life.told()).toEqual(['300000 ward raised fast'])
  })

  it('that is a silence of a rule for a patient has an end, too', () => {
    const life = ward({ low: { priority: 'high' } }, { longestSilence: '8h' })
    life.act({ action: 'silence', rule: 'low', until: 8 * 60 * MINUTE, reason: 'palliative' })
    life.raise('low')
    expect(life.told()).toEqual([])
    life.advance(8 * 60 * MINUTE)
    expect(life.told()).toEqual(['28800000 ward raised low'])
  })
})

describe('suppression', () => {
  const rules = { asystole: { priority: 'high' }, brady: { priority: 'high', suppressedBy: ['asystole'] } }

  it('keeps a weaker alarm quiet while a stronger one lasts; then, if it still holds, it signals', () => {
    const life = ward(rules)
    life.raise('asystole')
    life.raise('brady')
    expect(life.told()).toEqual(['0 ward raised asystole'])
    expect(life.alarm('brady')?.signal).toMatchObject({
      activation: 'off',
      hold: { by: 'suppression', rule: 'asystole' },
    })
    life.advance(MINUTE)
    life.clear('asystole')
    expect(life.told()).toEqual(['60000 ward raised brady'])
  })

  it('quiets one that was told before', () => {
    const life = ward({ ...rules, brady: { ...rules.brady, notify: twoSteps } })
    life.raise('brady')
    life.raise('asystole')
    life.advance(5 * MINUTE)
    expect(life.told()).toEqual(['0 nurse raised brady', '0 ward raised asystole'])
  })

  it('is no business of a stronger alarm that nobody hears', () => {
    const life = ward(rules)
    life.raise('asystole')
    life.raise('brady')
    life.act({ action: 'silence', rule: 'asystole', until: MINUTE, reason: 'artefact' })
    expect(life.told()).toEqual(['0 ward raised asystole', '0 ward raised brady'])
  })

  it('goes through several rules', () => {
    const life = ward({ ...rules, slow: { suppressedBy: ['brady'] } })
    life.raise('slow')
    life.raise('brady')
    life.raise('asystole')
    life.told()
    life.clear('asystole')
    expect(life.told()).toEqual(['0 ward raised brady'])
    life.act({ action: 'silence', rule: 'brady', until: MINUTE, reason: 'known' })
    expect(life.told()).toEqual(['0 ward raised slow'])
  })
})

describe('a rule of a table', () => {
  it('speaks for a rule that it suppresses', () => {
    const rows = [{ id: '1', signal: 'heartRate', priority: 'high' }]
    const tables = [{ id: 'vitals', by: 'age', rows }]
    const life = ward({ brady: { suppressedBy: ['vitals.1'] } }, {}, { tables })
    life.raise('vitals.1')
    life.raise('brady')
    expect(life.told()).toEqual(['0 ward raised vitals.1'])
    life.clear('vitals.1')
    expect(life.told()).toEqual(['0 ward raised brady'])
  })
})

describe('escalation', () => {
  const schedules = {
    day: { from: '07:00', to: '19:00', zone: 'UTC' },
    night: { from: '19:00', to: '07:00', zone: 'UTC' },
  }
  const hour = 60 * MINUTE

  it('asks who is on shift at the time, and a role that has been assigned for the patient goes first', () => {
    const roles = {
      nurse: [
        { recipients: ['n-day'], during: 'day' },
        { recipients: ['n-night'], during: 'night' },
      ],
    }
    const life = ward(
      { low: { notify: [{ to: ['nurse'] }, { to: ['nurse'], after: '2h' }] } },
      { roles },
      { schedules },
    )
    life.now = 6 * hour
    life.raise('low')
    life.advance(2 * hour)
    expect(life.told()).toEqual([`${6 * hour} n-night raised low`, `${8 * hour} n-day escalated low`])
    life.clear('low')
    life.act({ action: 'assign', role: 'nurse', recipients: ['n-7'], until: 9 * hour })
    life.raise('low')
    life.advance(2 * hour)
    expect(life.told()).toEqual([`${8 * hour} n-7 raised low`, `${10 * hour} n-day escalated low`])
    expect(life.factTypes()).toContain('assignment-expired')
  })

  it('passes over a step outside of its schedule, and tells those of fallback where nobody would be told', () => {
    const notify = [
      { to: ['nurse'], during: 'day' },
      { to: ['charge'], after: '10m', during: 'day' },
    ]
    const life = ward({ low: { notify } }, { fallback: ['switchboard'] }, { schedules })
    life.now = 20 * hour
    life.raise('low')
    expect(life.told()).toEqual([`${20 * hour} switchboard fallback low`])
    life.clear('low')
    // Here the second step will find someone, in time.
    life.now = 30 * hour + 55 * MINUTE
    life.raise('low')
    expect(life.told()).toEqual([])
    life.advance(10 * MINUTE)
    expect(life.told()).toEqual([`${31 * hour + 5 * MINUTE} charge escalated low`])
  })

  describe('in the time zone of the ward', () => {
    const zone = { default: 'Europe/Berlin', wards: { east: 'America/New_York' } }
    const ofWards = {
      day: { from: '07:00', to: '19:00', zone },
      night: { from: '19:00', to: '07:00', zone },
    }
    const utc = (time: string) => Date.parse(`2026-${time}Z`)
    const hourIn = (timeZone: string, time: number) =>
      Number(new Intl.DateTimeFormat('en', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format(time))

    // In New York clocks go forward on March 8 and back on November 1, in Berlin on March 29 and October 25.
    it.each(['03-07T00:00', '03-28T00:00', '10-24T00:00', '10-31T00:00'])(
      'asks who is on shift in every hour of three days from %s',
      (from) => {
        const roles = {
          nurse: [
            { recipients: ['n-day'], during: 'day' },
            { recipients: ['n-night'], during: 'night' },
          ],
        }
        const wards = [
          { ward: 'east', place: 'America/New_York' },
          { ward: 'other', place: 'Europe/Berlin' },
          { ward: undefined, place: 'Europe/Berlin' },
        ]
        for (const { ward: name, place } of wards) {
          for (const by of ['shift', 'step']) {
            const notify =
              by === 'shift'
                ? [{ to: ['nurse'] }]
                : [
                    { to: ['n-day'], during: 'day' },
                    { to: ['n-night'], during: 'night' },
                  ]
            const life = ward({ low: { notify } }, { roles }, { schedules: ofWards })
            for (let i = 0; i < 72; i++) {
              life.now = utc(from) + i * hour
              life.raise('low', life.now, name === undefined ? {} : { ward: name })
              const local = hourIn(place, life.now)
              const on = local >= 7 && local < 19 ? 'n-day' : 'n-night'
              expect(life.told(), `${place} ${by} ${local}`).toEqual([
                `${life.now} ${on} ${by === 'step' && on === 'n-night' ? 'escalated' : 'raised'} low`,
              ])
              life.clear('low')
              life.advance(MINUTE)
            }
          }
        }
      },
    )

    it('takes a step that is due behind a change of the clocks by what they show then', () => {
      const schedules = { early: { from: '03:00', to: '07:00', zone } }
      const notify = [{ to: ['nurse'] }, { to: ['charge'], after: '20m', during: 'early' }]
      const told = (time: string, of: { readonly ward?: string }) => {
        const life = ward({ low: { notify } }, {}, { schedules })
        life.now = utc(time)
        life.raise('low', life.now, of)
        life.advance(20 * MINUTE)
        return life.notices.map(({ recipient }) => recipient)
      }
      // On March 8 New York goes from 01:59 to 03:00 at 07:00 UTC; the day before that is 02:00.
      expect(told('03-08T06:50', { ward: 'east' })).toEqual(['nurse', 'charge'])
      expect(told('03-07T06:50', { ward: 'east' })).toEqual(['nurse'])
      expect(told('03-07T07:50', { ward: 'east' })).toEqual(['nurse', 'charge'])
      expect(told('03-08T06:50', {})).toEqual(['nurse'])
    })

    it('goes by the zones that the alarm carries, where another version of the rules raised it', () => {
      const notify = [{ to: ['chief'], during: 'night' }]
      const event = {
        ...alarmEvent(lifeRules({ new: { notify } }, { schedules: ofWards }), 'new', 'raised', utc('03-08T11:30')),
        life: { notify, schedules: ofWards },
      }
      const told = (of: { readonly ward?: string }) => {
        const life = ward({ old: {} })
        life.now = event.time
        life.take({ type: 'event', event: { ...event, ...of } })
        return life.told()
      }
      // 07:30 in New York, which is on summer time since that night, and 12:30 in Berlin.
      expect(told({ ward: 'east' })).toEqual([`${event.time} fallback fallback new`])
      const before = event.time - 24 * hour
      const life = ward({ old: {} })
      life.now = before
      life.take({ type: 'event', event: { ...event, time: before, ward: 'east' } })
      expect(life.told()).toEqual([`${before} chief raised new`])
      expect(life.facts[0]).toMatchObject({ type: 'raised', ward: 'east' })
    })

    it('knows the ward from the reading of the newest time, where schedules go by wards, also by none of a condition', () => {
      const notify = [{ to: ['chief'], during: 'night' }]
      const wardOf = (schedules: object, ...readings: Partial<Reading>[]) => {
        const slow = { notify, for: '5s', when: { signal: 'spo2', between: ['85 %', '87 %'] } }
        const rules = lifeRules({ low: { notify, when: { signal: 'spo2', below: '85 %' } }, slow }, { schedules })
        const harness = operatorHarness(keyedProcessOperator(evaluateRules(rules)), {
          keyBy: (r: Reading) => r.patientId,
        })
        for (const one of readings) harness.process({ patientId: 'p1', time: 0, ...one }, one.time ?? 0)
        return harness.output().map(({ value }) => [value.event, value.ward])
      }
      const [east, low] = [{ ward: 'east' }, { spo2: 80 }]
      expect(wardOf(ofWards, { ...east, ...low }, { time: 1, spo2: 99 })).toEqual([
        ['raised', 'east'],
        ['cleared', undefined],
      ])
      expect(wardOf(ofWards, { time: 5, ward: 'west' }, { time: 4, ...east }, { time: 6, ...low })).toEqual([
        ['raised', 'west'],
      ])
      // It was raised 5 s after the first of them, while the patient was there still.
      expect(wardOf(ofWards, { ...east, spo2: 86 }, { time: 10_000, ward: 'west' })).toEqual([['raised', 'east']])
      expect(wardOf(ofWards, low)).toEqual([['raised', undefined]])
      expect(wardOf(schedules, { ...east, ...low })).toEqual([['raised', undefined]])
    })
  })

  it('counts on nobody whose assignment will have ended by the time of a step', () => {
    const roles = { nurse: [{ recipients: ['n-day'], during: 'day' }] }
    const life = ward({ low: { notify: [{ to: ['nurse'], after: '10m' }] } }, { roles }, { schedules })
    life.now = 20 * hour
    life.act({ action: 'assign', role: 'nurse', recipients: ['n-7'], until: 20 * hour + 5 * MINUTE })
    life.raise('low')
    expect(life.told()).toEqual([`${20 * hour} fallback fallback low`])
  })

  it('goes on at once when a notice has not arrived, and behind the last step to those of fallback', () => {
    const life = ward({ low: { notify: twoSteps } }, { fallback: ['switchboard'] })
    life.raise('low')
    const [first] = life.notices
    const failed = { action: 'undelivered', notice: first?.key, recipient: 'nurse', code: 'GONE', actor: 'sms' }
    life.act(failed)
    life.act(failed)
    expect(life.told()).toEqual(['0 nurse raised low', '0 charge undelivered low'])
    life.act({ ...failed, notice: life.notices[1]?.key, recipient: 'charge' })
    expect(life.told()).toEqual(['0 switchboard fallback low'])
    life.advance(MINUTE * 10)
    expect(life.told()).toEqual([])
    expect(life.facts.filter(({ type }) => type === 'undelivered')).toHaveLength(3)
  })
})

describe('a storm', () => {
  const rules = Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`r${i}`, { priority: i === 9 ? 'high' : 'low' }]),
  )

  it('is told as one notice that says how many and which; high priority never waits', () => {
    const life = ward(rules, { rate: { most: 3, within: '1m' } })
    for (let i = 0; i < 10; i++) life.raise(`r${i}`)
    expect(life.notices.map(({ rule }) => rule)).toEqual(['r0', 'r1', 'r2', 'r9'])
    life.advance(MINUTE)
    const group = life.notices.at(-1)
    expect(group).toMatchObject({ cause: 'grouped', recipient: 'ward', time: MINUTE })
    expect(group?.members?.map(({ rule }) => rule)).toEqual(['r3', 'r4', 'r5', 'r6', 'r7', 'r8'])
    expect(group?.text).toBe(['6 alarms', ...[3, 4, 5, 6, 7, 8].map((i) => `low: r${i} is up`)].join('\n'))
    expect(group?.key).toMatch(/^group\.[0-9a-f]{32}\.ward$/)
    expect(life.facts.filter(({ type }) => type === 'notice-held')).toHaveLength(6)
    life.advance(10 * MINUTE)
    expect(life.state?.gates).toEqual([])
  })
})

describe('what comes late', () => {
  it('is not paged for if its end comes too', () => {
    const life = ward({ low: { priority: 'high' } })
    life.now = 60 * MINUTE
    life.raise('low', 10 * MINUTE)
    life.clear('low', 12 * MINUTE)
    life.advance(60 * MINUTE)
    expect(life.told()).toEqual([])
    expect(life.records.map(({ status, signal }) => [status, signal.hold?.by])).toEqual([
      ['in-progress', 'late'],
      ['completed', undefined],
    ])
  })

  it('is told when it holds still', () => {
    const life = ward({ low: { priority: 'high' } }, { lateHeld: '30s' })
    life.now = 60 * MINUTE
    life.raise('low', 10 * MINUTE)
    life.advance(30 * SECOND)
    expect(life.told()).toEqual([`${60 * MINUTE + 30 * SECOND} ward raised low`])
  })

  it('and takes an alarm back, tells those who were told, and pages nobody else', () => {
    const life = ward({ low: { priority: 'high', notify: twoSteps } })
    const event = alarmEvent(life.rules, 'low', 'raised', 0)
    life.raise('low')
    life.advance(SECOND)
    life.correct({ ...event, event: 'retracted' })
    expect(life.told()).toEqual(['0 nurse raised low', '1000 nurse retracted low'])
    expect(life.alarm('low')).toMatchObject({ status: 'entered-in-error', presence: false })
    life.clear('low')
    life.advance(10 * MINUTE)
    expect(life.told()).toEqual([])
    // Once forgotten, its record is still corrected.
    life.correct({ ...event, event: 'retracted' })
    expect(life.alarm('low')).toMatchObject({
      status: 'entered-in-error',
      id: event.why.since === 0 && alarmId('low', 'p1', 0),
    })
    expect(life.told()).toEqual([])
  })

  it('and takes back what came back of an alarm leaves the alarm as it was', () => {
    const life = ward({ low: { latching: true } })
    const id = life.raise('low')
    life.clear('low')
    life.advance(SECOND)
    life.raise('low')
    life.correct({ ...alarmEvent(life.rules, 'low', 'raised', SECOND), event: 'retracted' })
    expect(life.alarm('low')).toMatchObject({
      id,
      status: 'in-progress',
      presence: false,
      signal: { presence: 'latched' },
    })
    expect(life.told()).toEqual(['0 ward raised low'])
  })

  it('and takes back an alarm whose condition has come back leaves what came back, which is told', () => {
    const life = ward({ low: { latching: true } })
    const event = alarmEvent(life.rules, 'low', 'raised', 0)
    life.raise('low')
    life.clear('low')
    life.advance(SECOND)
    life.raise('low')
    life.correct({ ...event, event: 'retracted' })
    expect(life.told()).toEqual(['0 ward raised low', '1000 ward retracted low', '1000 ward raised low'])
    expect(life.records.find(({ status }) => status === 'entered-in-error')).toMatchObject({ id: event.id })
    expect(life.alarm('low')).toMatchObject({
      id: alarmId('low', 'p1', SECOND),
      status: 'in-progress',
      presence: true,
      raised: SECOND,
      signal: { activation: 'on', presence: 'on' },
    })
    life.clear('low')
    expect(life.alarm('low')).toMatchObject({ signal: { presence: 'latched' } })
  })

  it('and takes back what is held until its rule is re-armed lets it go', () => {
    const life = ward({ low: { rearm: '5m' } })
    life.raise('low')
    life.clear('low')
    life.advance(SECOND)
    life.raise('low')
    life.correct({ ...alarmEvent(life.rules, 'low', 'raised', SECOND), event: 'retracted' })
    life.advance(10 * MINUTE)
    expect(life.told()).toEqual(['0 ward raised low'])
  })

  it('and says more about an alarm is noted', () => {
    const life = ward({ low: {} })
    const event = alarmEvent(life.rules, 'low', 'raised', 0)
    life.raise('low')
    life.correct({ ...event, event: 'annotated', why: { ...event.why, condition: 'found later' } })
    expect(life.alarm('low')).toMatchObject({ annotation: { condition: 'found later' } })
    expect(life.notices).toHaveLength(1)
  })
})

describe('a reminder', () => {
  it('comes again and again while an alarm is acknowledged or paused and lasts, each with a key of its own', () => {
    const life = ward({ low: {} }, { remindEvery: '10m' })
    const alarm = life.raise('low')
    life.act({ action: 'acknowledge', alarm })
    life.advance(25 * MINUTE)
    expect(life.told()).toEqual(['0 ward raised low', '600000 ward reminder low', '1200000 ward reminder low'])
    life.clear('low')
    life.advance(60 * MINUTE)
    expect(life.told()).toEqual([])
    expect(new Set(life.notices.map(({ key }) => key)).size).toBe(3)
  })
})

describe('an action', () => {
  it.each([
    [{ action: 'shout' }, 'ACTION_UNKNOWN', null],
    [{ action: 'acknowledge', alarm: 'x', actor: '' }, 'ACTION_ACTOR_INVALID', 'acknowledge'],
    [{ action: 'acknowledge', alarm: 'x' }, 'ACTION_ALARM_UNKNOWN', 'acknowledge'],
    [{ action: 'acknowledge' }, 'ACTION_ALARM_UNKNOWN', 'acknowledge'],
    [{ action: 'pause', until: MINUTE }, 'ACTION_REASON_INVALID', 'pause'],
    [{ action: 'pause', until: MINUTE, reason: ' ' }, 'ACTION_REASON_INVALID', 'pause'],
    [{ action: 'pause', reason: 'r' }, 'ACTION_EXPIRY_INVALID', 'pause'],
    [{ action: 'pause', until: Infinity, reason: 'r' }, 'ACTION_EXPIRY_INVALID', 'pause'],
    [{ action: 'pause', until: 0, reason: 'r' }, 'ACTION_EXPIRY_INVALID', 'pause'],
    [{ action: 'pause', until: 10 * MINUTE + 1, reason: 'r' }, 'ACTION_EXPIRY_TOO_LONG', 'pause'],
    [{ action: 'snooze', until: 60 * MINUTE + 1, reason: 'r' }, 'ACTION_EXPIRY_TOO_LONG', 'snooze'],
    [{ action: 'silence', until: MINUTE, reason: 'r' }, 'ACTION_RULE_UNKNOWN', 'silence'],
    [{ action: 'silence', rule: 'other', until: MINUTE, reason: 'r' }, 'ACTION_RULE_UNKNOWN', 'silence'],
    [{ action: 'assign', role: 'king', recipients: ['k'], until: MINUTE }, 'ACTION_ROLE_UNKNOWN', 'assign'],
    [{ action: 'assign', role: 'ward', recipients: ['a b'], until: MINUTE }, 'ACTION_RECIPIENTS_INVALID', 'assign'],
    [{ action: 'assign', role: 'ward', recipients: [], until: MINUTE }, 'ACTION_RECIPIENTS_INVALID', 'assign'],
    [{ action: 'undelivered', recipient: 'a' }, 'ACTION_NOTICE_INVALID', 'undelivered'],
    [{ action: 'delivered', notice: 'k', recipient: '' }, 'ACTION_RECIPIENTS_INVALID', 'delivered'],
  ])('%o is rejected with a code, and audited', (action, code, kind) => {
    const life = ward({ low: {} })
    life.act(action)
    expect(life.rejected).toEqual([{ patientId: 'p1', action: kind, code, time: 0 }])
    expect(life.facts.at(-1)).toMatchObject({ type: 'action-rejected', code, action: kind })
    expect(life.state).toBeUndefined()
  })

  it.each([null, undefined, 7, 'pause', []])('%o is rejected, too', (action) => {
    const life = ward({ low: {} })
    life.take({ type: 'action', action: action as never })
    expect(life.rejected.map(({ code }) => code)).toEqual(['ACTION_UNKNOWN'])
  })
})
