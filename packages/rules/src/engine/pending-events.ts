import type { AlarmEvent } from '../alarms/alarm-event.ts'
import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { RuleData } from '../schema/rule-data.ts'
import type { PatientHost } from './patient-host.ts'

/** What happened to an alarm. */
export type Occurrence = Pick<AlarmEvent, 'id' | 'event' | 'time' | 'why'>

interface Pending {
  readonly index: number
  readonly event: AlarmEvent
}

/** The events of one call, put in order before they leave: by time, then by the rules' order in their set. */
export class PendingEvents {
  readonly #set: Pick<CompiledRuleSet, 'version' | 'lives'>
  #pending: Pending[] = []

  constructor(set: Pick<CompiledRuleSet, 'version' | 'lives'>) {
    this.#set = set
  }

  add(patientId: string, index: number, rule: RuleData, { id, event, time, why }: Occurrence): void {
    const { priority } = rule
    const about = { id, patientId, rule: rule.id, ruleVersion: this.#set.version, event, time, priority, why }
    const life = event === 'raised' ? this.#set.lives.get(rule.id) : undefined
    this.#pending.push({ index, event: life === undefined ? about : { ...about, life } })
  }

  /** Emits what was added, each event with its own time as timestamp. */
  emit(ctx: PatientHost): void {
    if (this.#pending.length === 0) return
    const pending = this.#pending
    this.#pending = []
    // Sorting is stable: a rule's own events are in order already, also where two are of one time.
    pending.sort((a, b) => a.event.time - b.event.time || a.index - b.index)
    for (const { event } of pending) ctx.emit(event, event.time)
  }
}
