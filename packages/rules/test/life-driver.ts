import type { AlarmFact } from '../src/alarms/alarm-fact.ts'
import { lifePolicy } from '../src/alarms/life-policy.ts'
import type { LifeInput, PatientLife } from '../src/alarms/life-state.ts'
import { patientLife } from '../src/alarms/patient-life.ts'
import {
  type AlarmAction,
  type AlarmCorrection,
  type AlarmEvent,
  type AlarmLifeOptions,
  type AlarmNotice,
  type AlarmRecord,
  alarmId,
  parseRuleSet,
  type RejectedAction,
  type RuleSet,
} from '../src/index.ts'
import { CANARIES } from './canaries/canaries.ts'
import { net } from './canaries/net.ts'

/** A rule set of rules that differ in their life only; what they watch does not matter here. */
export function lifeRules(rules: Readonly<Record<string, object>>, rest: object = {}): RuleSet {
  return parseRuleSet({
    format: 2,
    rules: Object.entries(rules).map(([id, life]) => ({
      id,
      because: `${id} is up`,
      when: { signal: 'spo2', below: '88 %' },
      ...life,
    })),
    ...rest,
  })
}

/** An event of a rule as the engine makes it. */
export function alarmEvent(
  rules: RuleSet,
  rule: string,
  event: 'raised' | 'cleared',
  time: number,
  values: AlarmEvent['why']['values'] = [],
): AlarmEvent {
  const data = rules.rules.find(({ id }) => id === rule)
  return {
    id: alarmId(rule, 'p1', time),
    patientId: 'p1',
    rule,
    ruleVersion: rules.version,
    event,
    time,
    priority: data?.priority ?? 'medium',
    why: { kind: 'physiological', because: `${rule} is up`, condition: 'spo2 < 88 %', since: time, for: '0s', values },
  }
}

/**
 * One patient's life away from a job: a clock that the test moves, ticks when they are due. State goes through bytes, as a
 * checkpoint has it, between any two steps; all that comes out is frozen.
 */
export class LifeDriver {
  readonly rules: RuleSet
  now = 0
  state: PatientLife | undefined
  due = Infinity
  /** How many events of rules it was given. */
  events = 0
  readonly records: AlarmRecord[] = []
  readonly notices: AlarmNotice[] = []
  readonly facts: AlarmFact[] = []
  readonly rejected: RejectedAction[] = []
  readonly #options: AlarmLifeOptions
  readonly #isRestored: boolean

  constructor(rules: RuleSet, options: AlarmLifeOptions = {}, isRestored = true) {
    this.rules = rules
    this.#options = options
    this.#isRestored = isRestored
    this.#policy = lifePolicy(rules, options)
  }

  #policy

  /** By rule, what was raised last: its end has the same id. */
  readonly #raised = new Map<string, AlarmEvent>()

  raise(rule: string, time: number = this.now, of: Pick<AlarmEvent, 'ward'> = {}): string {
    const event = { ...alarmEvent(this.rules, rule, 'raised', time), ...of }
    this.#raised.set(rule, event)
    this.take({ type: 'event', event })
    return this.alarm(rule)?.id ?? ''
  }

  clear(rule: string, time: number = this.now): void {
    const event = alarmEvent(this.rules, rule, 'cleared', time)
    this.take({ type: 'event', event: { ...event, id: this.#raised.get(rule)?.id ?? event.id } })
  }

  correct(correction: AlarmCorrection): void {
    this.take({ type: 'event', event: correction })
  }

  act(action: object): void {
    this.take({ type: 'action', action: { patientId: 'p1', actor: 'nurse-1', ...action } as AlarmAction })
  }

  /** Moves the clock, with a tick at each time that one is due. */
  advance(ms: number): void {
    const end = this.now + ms
    for (let due = this.due; due <= end; due = this.due) {
      this.now = Math.max(this.now, due)
      this.take({ type: 'tick' })
      if (this.due <= due) throw new Error(`a tick at ${due} leaves something due at ${this.due}`)
    }
    this.now = end
  }

  take(input: LifeInput): void {
    if (input.type === 'event') this.events += 1
    if (this.#isRestored) {
      this.state = structuredClone(this.state)
      this.#policy = lifePolicy(this.rules, this.#options)
    }
    const { due, events, state } = patientLife(this.#policy, 'p1', frozen(this.state), frozen(planted(input)), this.now)
    this.state = state
    this.due = due
    for (const event of events) {
      if (event.type === 'record') this.records.push(frozen({ ...event.record, revision: this.facts.length }))
      else if (event.type === 'notice') this.notices.push(frozen(event.notice))
      else if (event.type === 'fact') this.facts.push(frozen(event.fact))
      else this.rejected.push(frozen(event.rejected))
      // The actor, the reason and what an alarm rests on are in the audit on purpose; these are none of them.
      net.watch('the life of an alarm', JSON.stringify(event))
    }
  }

  /** The newest record of a rule. */
  alarm(rule: string): AlarmRecord | undefined {
    return this.records.findLast((record) => record.rule === rule)
  }

  /** `time recipient cause rule` of each notice since the last time it was asked. */
  told(): string[] {
    const from = this.#asked
    this.#asked = this.notices.length
    return this.notices.slice(from).map(({ cause, recipient, rule, time }) => `${time} ${recipient} ${cause} ${rule}`)
  }

  #asked = 0

  factTypes(): string[] {
    return this.facts.map(({ type }) => type)
  }
}

/** What people and systems send with an event or an action besides. */
function planted(input: LifeInput): LifeInput {
  if (input.type === 'event') return { ...input, event: { ...CANARIES, ...input.event } as typeof input.event }
  if (input.type === 'action') return { ...input, action: { ...CANARIES, ...input.action } as AlarmAction }
  return input
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const entry of Object.values(value)) frozen(entry)
  }
  return value
}
