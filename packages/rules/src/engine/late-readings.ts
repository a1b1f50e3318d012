import type { AlarmEvent, Why } from '../alarms/alarm-event.ts'
import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import { slotOf } from './alarm-slots.ts'
import { beganOf, type Corrected, correctAlarms } from './correct-alarms.ts'
import {
  inOrder,
  isLateFor,
  type LateMemory,
  type LoggedReading,
  type LogSegment,
  momentOf,
  since,
  type ToldAlarm,
  type TrueAlarm,
  withReading,
} from './late-memory.ts'
import { ReadingTrimmer } from './logged-reading.ts'
import type { PatientHost } from './patient-host.ts'
import { CLOCK, SETTLED } from './patient-state.ts'
import type { Reading } from './reading.ts'
import { RerunHost } from './rerun-host.ts'

/** What evaluates readings: the rules of a patient. */
export interface ReadingEvaluator {
  /** Takes a reading as it comes. */
  take(reading: Reading, now: number, host: PatientHost): void
  /** Takes limits out of force whose time is over. */
  endLimits(now: number, host: PatientHost): void
  /** Notes of a reading what goes by the job's clock. */
  hear(reading: Reading, now: number, host: PatientHost): void
  /** Takes a reading through conditions alone. */
  takeAgain(reading: Reading, now: number, host: RerunHost): void
  settle(bound: number, now: number, host: RerunHost): void
  explain(told: ToldAlarm, now: number, host: RerunHost): Why
  /** What every event about an alarm says of its rule. */
  about(slot: string): Pick<AlarmEvent, 'rule' | 'ruleVersion' | 'priority'>
  /** The alarms that are raised. */
  openAlarms(host: PatientHost): readonly ToldAlarm[]
  /** Puts what evaluating again has come to in the place of what there was. */
  adopt(host: RerunHost, told: readonly ToldAlarm[], now: number, ctx: PatientHost): void
}

/**
 * Evaluates a reading that comes late in the order of event time: the patient is taken back to a moment before it, and all readings since are
 * evaluated again with it in its place. What comes of that is held against what was told, see `correctAlarms`.
 *
 * Holds nothing over from one call to the next.
 */
export class LateReadings {
  readonly #allowedMs: number
  readonly #rules: ReadingEvaluator
  readonly #trimmer: ReadingTrimmer

  constructor(set: CompiledRuleSet, allowedMs: number, rules: ReadingEvaluator) {
    this.#allowedMs = allowedMs
    this.#rules = rules
    this.#trimmer = new ReadingTrimmer(set)
  }

  take(reading: Reading, now: number, ctx: PatientHost): void {
    const { time } = reading
    const { late, vitals } = ctx.state
    if (isLateFor(vitals.get(), time)) {
      this.#rules.endLimits(now, ctx)
      const memory = this.#memoryOf(ctx)
      const [oldest] = memory.segments
      if (time >= memory.clock - this.#allowedMs && !isLateFor(oldest?.from.vitals, time)) {
        this.#rules.hear(reading, now, ctx)
        this.#evaluateAgain(memory, reading, now, ctx)
        return
      }
      late.set(
        withEntry(memory, memory.segments.length - 1, { at: memory.clock, reading: this.#trimmer.trim(reading) }),
      )
      ctx.metrics.counter('tooLateReadings').add(1)
    } else {
      const memory = this.#forgetOld(this.#memoryOf(ctx), time, ctx)
      const entry = { at: time, reading: this.#trimmer.trim(reading) }
      late.set({ ...withEntry(memory, memory.segments.length - 1, entry), clock: time })
    }
    this.#rules.take(reading, now, ctx)
  }

  /** What is known now is where readings are evaluated again from: rules or limits are others, and what was before stands. */
  restart(ctx: PatientHost): void {
    ctx.state.late.set(this.#begin(ctx))
  }

  /** Keeps what is told, and is so by all that is known. */
  note(event: AlarmEvent, ctx: PatientHost): void {
    if (ctx instanceof RerunHost) return
    const memory = ctx.state.late.get()
    if (memory === undefined || event.why.lastSeen !== undefined) return
    const { told, truth } = memory
    const { event: what, time } = event
    const slot = slotOf(event)
    if (what === 'raised') {
      const alarm = { slot, raised: time, cleared: Infinity }
      ctx.state.late.set({ ...memory, told: withRaised(told, slot, event), truth: [...truth, alarm] })
    } else {
      ctx.state.late.set({
        ...memory,
        told: told.map((one) => (one.slot === slot ? closed(one, time) : one)),
        truth: truth.map((one) => (one.slot === slot && one.cleared === Infinity ? { ...one, cleared: time } : one)),
      })
    }
  }

  #memoryOf(ctx: PatientHost): LateMemory {
    const memory = ctx.state.late.get()
    const clock = ctx.state.vitals.get()?.[CLOCK] ?? -Infinity
    // Of other code, or by which late readings were not allowed, it may be behind.
    return memory?.clock === clock ? memory : this.#begin(ctx)
  }

  #begin(ctx: PatientHost): LateMemory {
    const told = this.#rules.openAlarms(ctx)
    const truth = told.map(({ slot, raised, cleared }) => ({ slot, raised, cleared }))
    const clock = ctx.state.vitals.get()?.[CLOCK] ?? -Infinity
    return { clock, segments: [{ from: momentOf(ctx.state, truth), log: [] }], told, truth }
  }

  /** Begins a segment where the last one is long enough, and lets go of one that no reading can be late for that is allowed. */
  #forgetOld(memory: LateMemory, time: number, ctx: PatientHost): LateMemory {
    const horizon = time - this.#allowedMs
    const [first, second] = memory.segments as [LateMemory['segments'][0], LateMemory['segments'][0]?]
    if (second !== undefined) {
      if (isLateFor(second.from.vitals, horizon)) return memory
      const clock = second.from.vitals?.[CLOCK] as number
      return { ...memory, ...since(clock, memory), segments: [second] }
    }
    const begin = first.log[0]?.[0]?.at ?? Infinity
    if (begin > horizon) return memory
    const next = { from: momentOf(ctx.state, memory.truth), log: [] }
    return this.#forgetOld({ ...memory, segments: [first, next] }, time, ctx)
  }

  #evaluateAgain(memory: LateMemory, reading: Reading, now: number, ctx: PatientHost): void {
    const { late, vitals } = ctx.state
    const place = memory.segments.findLastIndex(({ from }) => !isLateFor(from.vitals, reading.time))
    const entry = { at: reading.time, reading: this.#trimmer.trim(reading) }
    const run = new Rerun(this.#rules, withEntry(memory, place, entry), place, now, ctx)
    run.evaluate(entry, reading, vitals.get()?.[SETTLED] as number)
    const { events, told } = run.correct(memory, reading.time)
    late.set({ clock: Math.max(memory.clock, reading.time), segments: run.segments, told, truth: run.truth })
    this.#rules.adopt(run.host, told, now, ctx)
    ctx.metrics.counter('lateReadings').add(1)
    for (const event of events) ctx.emit(event, event.time)
  }
}

interface Met {
  alarm: TrueAlarm
  raised?: AlarmEvent
  cleared?: AlarmEvent
}

/** One patient's readings, evaluated again from the beginning of a segment on. */
class Rerun {
  readonly host: RerunHost
  segments: readonly LogSegment[]
  readonly #rules: ReadingEvaluator
  readonly #place: number
  readonly #now: number
  readonly #met: Met[]
  /** What was told, in order; those whose moment evaluating again has passed come first. */
  readonly #told: readonly ToldAlarm[]
  #passed = 0
  readonly #whys = new Map<ToldAlarm, Why>()

  constructor(rules: ReadingEvaluator, { segments, told }: LateMemory, place: number, now: number, ctx: PatientHost) {
    const { from } = segments[place] as LogSegment
    this.#rules = rules
    this.segments = segments
    this.#place = place
    this.#now = now
    this.#met = from.truth.map((alarm) => ({ alarm }))
    const begin = from.vitals?.[CLOCK] ?? -Infinity
    this.#told = told
      .filter(({ raised, isRetracted }) => raised >= begin && !isRetracted)
      .sort((a, b) => a.raised - b.raised)
    this.host = new RerunHost(ctx, from, (event) => this.#meet(event))
  }

  get truth(): readonly TrueAlarm[] {
    return this.#met.map(({ alarm }) => alarm)
  }

  /** @param settled up to when the patient was settled before. */
  evaluate(late: LoggedReading, reading: Reading, settled: number): void {
    this.segments = this.segments.map((segment, i) => {
      if (i < this.#place) return segment
      const from = i === this.#place ? segment.from : momentOf(this.host.state, this.truth)
      for (const entry of inOrder(segment.log)) {
        this.#explainBefore(entry.at)
        this.host.isNew = entry === late
        this.#rules.takeAgain(this.host.isNew ? reading : entry.reading, this.#now, this.host)
      }
      this.host.isNew = false
      return { from, log: segment.log }
    })
    this.#rules.settle(settled, this.#now, this.host)
    this.#explainBefore(Infinity)
  }

  correct(memory: LateMemory, reading: number): Corrected {
    return correctAlarms(
      { told: memory.told, truth: this.truth },
      {
        patientId: this.host.key,
        reading,
        clock: memory.clock,
        about: (slot) => this.#rules.about(slot),
        eventsOf: (alarm) => this.#met.find((one) => one.alarm === alarm) ?? {},
        whyAt: (told) => this.#whys.get(told) ?? this.#rules.explain(told, this.#now, this.host),
      },
    )
  }

  /** What was told at a time is held against what is known then: before a reading of a later time comes. */
  #explainBefore(time: number): void {
    for (; this.#passed < this.#told.length; this.#passed++) {
      const told = this.#told[this.#passed] as ToldAlarm
      if (told.raised >= time) return
      this.#whys.set(told, this.#rules.explain(told, this.#now, this.host))
    }
  }

  #meet(event: AlarmEvent): void {
    const slot = slotOf(event)
    if (event.event === 'raised') {
      this.#met.push({ alarm: { slot, raised: event.time, cleared: Infinity }, raised: event })
      return
    }
    const open = this.#met.find(({ alarm }) => alarm.slot === slot && alarm.cleared === Infinity)
    if (open === undefined) return
    open.alarm = { ...open.alarm, cleared: event.time }
    open.cleared = event
  }
}

/** Readings of one time may raise an alarm, clear it and raise it again: all of that has one id. */
function withRaised(told: readonly ToldAlarm[], slot: string, event: AlarmEvent): readonly ToldAlarm[] {
  const span = { raised: event.time, cleared: Infinity }
  const began = beganOf(event)
  const before = told.find((one) => one.slot === slot && one.began === began)
  if (before === undefined) return [...told, { slot, began, ...span, isRetracted: false, known: [span] }]
  const again = { ...before, isRetracted: false, cleared: Infinity, known: [...before.known, span] }
  return told.map((one) => (one === before ? again : one))
}

/** What goes on ends with the alarm that goes on. */
function closed(told: ToldAlarm, time: number): ToldAlarm {
  const known = told.known.map((span) => (span.cleared === Infinity ? { ...span, cleared: time } : span))
  return { ...told, known, cleared: told.cleared === Infinity ? time : told.cleared }
}

function withEntry(memory: LateMemory, place: number, entry: LoggedReading): LateMemory {
  const segments = memory.segments.map((segment, i) => {
    return i === place ? { ...segment, log: withReading(segment.log, entry) } : segment
  })
  return { ...memory, segments }
}
