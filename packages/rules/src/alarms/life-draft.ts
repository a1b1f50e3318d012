import type { AlarmFact } from './alarm-fact.ts'
import type { AlarmNotice } from './alarm-notice.ts'
import { groupNotices } from './group-notices.ts'
import type { LifePolicy } from './life-policy.ts'
import type { Assignment, LifeEvent, LiveAlarm, PatientLife, Raised, RecipientGate } from './life-state.ts'
import { type GateEvent, gateDue, noticeGate } from './notice-gate.ts'
import type { Pause } from './pauses.ts'

/** One patient's life while one input is worked on: a copy to be changed, and what has come of it so far. */
export class LifeDraft {
  readonly policy: LifePolicy
  readonly patientId: string
  readonly now: number
  readonly events: LifeEvent[] = []
  readonly alarms: Map<string, LiveAlarm>
  pauses: readonly Pause[]
  assignments: readonly Assignment[]
  gates: readonly RecipientGate[]

  constructor(policy: LifePolicy, patientId: string, before: PatientLife | undefined, now: number) {
    this.policy = policy
    this.patientId = patientId
    this.now = now
    this.alarms = new Map(before === undefined ? [] : Object.entries(before.alarms))
    this.pauses = before?.pauses ?? []
    this.assignments = before?.assignments ?? []
    this.gates = before?.gates ?? []
  }

  /** What is alive now; undefined where nothing is. */
  life(): PatientLife | undefined {
    const { alarms, pauses, assignments, gates } = this
    if (alarms.size + pauses.length + assignments.length + gates.length === 0) return undefined
    return { version: 1, alarms: Object.fromEntries(alarms), pauses, assignments, gates }
  }

  fact(fact: AlarmFact): void {
    this.events.push({ type: 'fact', fact })
  }

  change(slot: string, alarm: LiveAlarm, change: Partial<LiveAlarm>): LiveAlarm {
    const changed = { ...alarm, ...change }
    this.alarms.set(slot, changed)
    return changed
  }

  /** Hands a notice to its recipient's gate. */
  notify(notice: AlarmNotice): void {
    const { recipient } = notice
    const entry = this.gates.find((gate) => gate.recipient === recipient)
    const isUrgent = notice.priority === 'high'
    const { state, events } = noticeGate(this.policy.gate, entry?.gate, { type: 'notice', notice, isUrgent }, this.now)
    this.#setGate(recipient, state)
    this.#let(events)
  }

  tickGates(): void {
    for (const { recipient, gate } of this.gates) {
      if (gateDue(this.policy.gate, gate) > this.now) continue
      const { state, events } = noticeGate(this.policy.gate, gate, { type: 'tick' }, this.now)
      this.#setGate(recipient, state)
      this.#let(events)
    }
  }

  #setGate(recipient: string, gate: RecipientGate['gate'] | undefined): void {
    const others = this.gates.filter((entry) => entry.recipient !== recipient)
    this.gates = gate === undefined ? others : [...others, { recipient, gate }]
  }

  #let(events: readonly GateEvent<AlarmNotice>[]): void {
    for (const event of events) {
      if (event.type === 'grouped') {
        const notice = groupNotices(event.notices, this.now)
        const members = (notice.members ?? []).map(({ key }) => key)
        this.fact({ type: 'notices-grouped', notice: notice.key, recipient: notice.recipient, members })
        this.events.push({ type: 'notice', notice })
        continue
      }
      const { key, recipient, cause, alarm, rule, ruleVersion } = event.notice
      const type = event.type === 'through' ? 'notice' : 'notice-held'
      this.fact({ type, notice: key, recipient, cause, alarm, rule, ruleVersion })
      if (event.type === 'through') this.events.push({ type: 'notice', notice: event.notice })
    }
  }
}

/** An alarm as a fact names it. */
export function about({ id, event }: Raised): { alarm: string; rule: string; ruleVersion: string } {
  return { alarm: id, rule: event.rule, ruleVersion: event.ruleVersion }
}

/** The alarm that is there; undefined while its rule only re-arms. */
export function raisedOf({ presence }: LiveAlarm): Raised | undefined {
  return presence.phase === 'rearming' ? undefined : presence.alarm
}
