import type { AlarmEvent } from '../alarms/alarm-event.ts'
import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { RuleData } from '../schema/rule-data.ts'
import type { PatientHost } from './patient-host.ts'

/** What happened to an alarm. */
export type Occurrence = Pick<AlarmEvent, 'id' | 'event' | 'time' | 'why'>

type EventRules = Pick<CompiledRuleSet, 'version' | 'lives' | 'tellsWard'>

export type Note = (event: AlarmEvent, ctx: PatientHost) => void

interface Pending {
  readonly index: number
  readonly event: AlarmEvent
}

/** The events of one call, put in order before they leave: by time, then by the rules' order in their set. */
export class PendingEvents {
  readonly #set: EventRules
  readonly #note: Note | undefined
  #pending: Pending[] = []

  /** @param note is told of each event before it leaves. */
  constructor(set: EventRules, note?: Note) {
    this.#set = set
    this.#note = note
  }

  /** The ward is that of the moment at which it happened: what a reading says of it is not known before it is taken. */
  add(
    { key: patientId, state }: PatientHost,
    index: number,
    rule: RuleData,
    { id, event, time, why }: Occurrence,
  ): void {
    const { priority } = rule
    const about = { id, patientId, rule: rule.id, ruleVersion: this.#set.version, event, time, priority, why }
    if (event === 'cleared') {
      this.#pending.push({ index, event: about })
      return
    }
    const life = this.#set.lives.get(rule.id)
    const ward = this.#set.tellsWard ? state.texts.get()?.ward : undefined
    const said = { ...(life !== undefined && { life }), ...(ward !== undefined && { ward }) }
    this.#pending.push({ index, event: { ...about, ...said } })
  }

  /** Emits what was added, each event with its own time as timestamp. */
  emit(ctx: PatientHost): void {
    if (this.#pending.length === 0) return
    const pending = this.#pending
    this.#pending = []
    // Sorting is stable: a rule's own events are in order already, also where two are of one time.
    pending.sort((a, b) => a.event.time - b.event.time || a.index - b.index)
    for (const { event } of pending) {
      this.#note?.(event, ctx)
      ctx.emit(event, event.time)
    }
  }
}
