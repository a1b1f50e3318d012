import type { AlarmCorrection } from '../alarms/alarm-correction.ts'
import type { AlarmEvent, LateFinding, Why } from '../alarms/alarm-event.ts'
import { alarmId } from '../alarms/alarm-id.ts'
import type { LateMemory, Span, ToldAlarm, TrueAlarm } from './late-memory.ts'

/** What evaluating again has found, for what is told of it. */
export interface Findings {
  readonly patientId: string
  /** The late reading's time, and the patient's clock when it came. */
  readonly reading: number
  readonly clock: number
  /** The events that raised and cleared an alarm, where evaluating again has met them. */
  eventsOf(alarm: TrueAlarm): { readonly raised?: AlarmEvent | undefined; readonly cleared?: AlarmEvent | undefined }
  /** What every event about an alarm says of its rule. */
  about(slot: string): Pick<AlarmEvent, 'rule' | 'ruleVersion' | 'priority'>
  /** What a rule's condition stood at when an alarm was told. */
  whyAt(told: ToldAlarm): Why
}

/** What is told, in order, and what has been told by then. */
export interface Corrected {
  readonly events: readonly (AlarmEvent | AlarmCorrection)[]
  readonly told: readonly ToldAlarm[]
}

/**
 * Holds what was told of a patient's alarms against what they are by what is known now, rule by rule:
 *
 * ```
 *   told     ├──────┤        ├──────┤        ├────────          ├──────┤
 *   true                        ├──────┤        ├─────┤         ├──────────        ├───┤          ├────
 *            retracted       annotated       cleared            annotated, and     raised and     raised
 *                                                               raised again       cleared
 * ```
 *
 * An alarm that was told stands if it was raised at any moment of what was told of it. Of a rule never more than one is open: an alarm that is over and was
 * never told, while another of its rule is open, is annotated alone.
 */
export function correctAlarms({ told, truth }: Pick<LateMemory, 'told' | 'truth'>, findings: Findings): Corrected {
  const slots = new Set([...told, ...truth].map(({ slot }) => slot))
  const correction = new Correction(told, findings)
  for (const slot of slots) {
    correction.correct(
      slot,
      truth.filter((one) => one.slot === slot),
    )
  }
  return { events: correction.events, told: correction.told }
}

class Correction {
  readonly events: (AlarmEvent | AlarmCorrection)[] = []
  told: readonly ToldAlarm[]
  readonly #findings: Findings

  constructor(told: readonly ToldAlarm[], findings: Findings) {
    this.told = told
    this.#findings = findings
  }

  correct(slot: string, truth: readonly TrueAlarm[]): void {
    for (const told of this.#standing(slot)) {
      const real = truth.filter((one) => isOf(told, one))
      if (real.length === 0) this.#retract(told)
      else if (told.cleared === Infinity && isOver(real)) this.#clear(told, real)
      else if (!isKnown(told, real)) this.#annotate(told, real)
    }
    for (const one of truth) {
      const before = this.#standing(slot).filter((told) => isOf(told, one))
      if (before.length === 0) this.#raise(one)
      else if (one.cleared === Infinity && isOver(before)) this.#raiseAgain(one, before)
    }
  }

  #standing(slot: string): ToldAlarm[] {
    return this.told.filter((one) => one.slot === slot && !one.isRetracted)
  }

  #retract(told: ToldAlarm): void {
    const { since: _, ...why } = this.#findings.whyAt(told)
    this.#correct(told, 'retracted', told.raised, why, [])
    this.#put(told, { isRetracted: true, cleared: Math.min(told.cleared, this.#findings.clock), known: [] })
  }

  #clear(told: ToldAlarm, real: readonly TrueAlarm[]): void {
    const last = real.reduce((latest, one) => (one.cleared > latest.cleared ? one : latest))
    const { cleared: event } = this.#findings.eventsOf(last)
    const why = event?.why ?? this.#findings.whyAt(told)
    this.events.push({
      ...this.#aboutOf(told),
      event: 'cleared',
      time: last.cleared,
      why: this.#late(why, real),
    })
    this.#put(told, { cleared: last.cleared, known: real.map(spanOf) })
  }

  #annotate(told: ToldAlarm, real: readonly TrueAlarm[]): void {
    this.#correct(told, 'annotated', (real[0] as TrueAlarm).raised, this.#whyOf(real[0] as TrueAlarm, told), real)
    this.#put(told, { known: real.map(spanOf) })
  }

  /** One that was missed. */
  #raise(alarm: TrueAlarm): void {
    const { raised, cleared } = this.#findings.eventsOf(alarm)
    // Evaluating again has met where it was raised: what was raised before, and is true, was told before.
    if (raised === undefined) return
    const isOpen = this.#standing(alarm.slot).some((one) => one.cleared === Infinity)
    const told = this.#new(alarm, alarm.raised, beganOf(raised))
    this.told = [...this.told, told]
    if (isOpen) {
      this.#correct(told, 'annotated', alarm.raised, raised.why, [alarm])
      return
    }
    const { id } = this.#aboutOf(told)
    this.events.push({ ...raised, id, why: this.#late(raised.why, [alarm]) })
    if (cleared !== undefined) this.events.push({ ...cleared, id, why: this.#late(cleared.why, [alarm]) })
  }

  /** One that was cleared, and was not over. */
  #raiseAgain(alarm: TrueAlarm, before: readonly ToldAlarm[]): void {
    const time = Math.max(...before.map(({ cleared }) => cleared))
    const last = before.find(({ cleared }) => cleared === time) as ToldAlarm
    const { raised } = this.#findings.eventsOf(alarm)
    const told = this.#new(alarm, time, time)
    this.told = [...this.told, told]
    const event = { ...raised, ...this.#aboutOf(told), event: 'raised', time } as const
    this.events.push({ ...event, why: this.#late(this.#whyOf(alarm, last), [alarm]) })
  }

  #new({ slot, cleared, ...alarm }: TrueAlarm, raised: number, since: number): ToldAlarm {
    const used = new Set(this.told.filter((one) => one.slot === slot).map(({ began }) => began))
    let began = since
    // An id that was given before, and taken back, is known to every sink: nobody would be told again.
    while (used.has(began)) began++
    return { slot, began, raised, cleared, isRetracted: false, known: [{ raised: alarm.raised, cleared }] }
  }

  #whyOf(alarm: TrueAlarm, told: ToldAlarm): Why {
    const { raised, cleared } = this.#findings.eventsOf(alarm)
    return raised?.why ?? cleared?.why ?? this.#findings.whyAt(told)
  }

  #correct(told: ToldAlarm, event: AlarmCorrection['event'], time: number, why: Why, real: readonly TrueAlarm[]): void {
    this.events.push({ ...this.#aboutOf(told), event, time, why: this.#late(why, real) })
  }

  #late(why: Why, real: readonly TrueAlarm[]): Why {
    const { reading, clock } = this.#findings
    const alarms = real.map(({ raised, cleared }): LateFinding['alarms'][number] => {
      return { raised, cleared: cleared === Infinity ? null : cleared }
    })
    return { ...why, late: { reading, clock, alarms } }
  }

  #aboutOf({ slot, began }: ToldAlarm): Pick<AlarmEvent, 'id' | 'patientId' | 'rule' | 'ruleVersion' | 'priority'> {
    const { patientId } = this.#findings
    return { id: alarmId(slot, patientId, began), patientId, ...this.#findings.about(slot) }
  }

  #put(told: ToldAlarm, changed: Partial<ToldAlarm>): void {
    this.told = this.told.map((one) => (one === told ? { ...told, ...changed } : one))
  }
}

/** Since when what is alarmed about was so, as in `alarmId`. */
export function beganOf({ why, time }: AlarmEvent): number {
  return why.since ?? time
}

/** Whether what was told of an alarm, at first or since, was so at any moment. */
function isOf(told: ToldAlarm, alarm: TrueAlarm): boolean {
  return overlaps(told, alarm) || told.known.some((span) => overlaps(span, alarm))
}

/** Whether there is a moment of both. One may be cleared at the moment at which it was raised, and another raised at which one is cleared. */
function overlaps(one: Span, other: Span): boolean {
  return one.raised === other.raised || (one.raised < other.cleared && other.raised < one.cleared)
}

function isOver(spans: readonly Span[]): boolean {
  return spans.every(({ cleared }) => cleared !== Infinity)
}

function isKnown({ known }: ToldAlarm, real: readonly Span[]): boolean {
  return (
    known.length === real.length &&
    known.every(({ raised, cleared }, i) => raised === real[i]?.raised && cleared === real[i]?.cleared)
  )
}

function spanOf({ raised, cleared }: Span): Span {
  return { raised, cleared }
}
