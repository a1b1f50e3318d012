import type { Why } from '../alarms/alarm-event.ts'
import type { CompiledRule, CompiledRuleSet } from '../compile/compile-rule-set.ts'
import { TIME, VALUE } from '../compile/layout.ts'
import { UNDEFINED } from '../compile/read-signal.ts'
import { MillraceRulesError } from '../errors.ts'
import { SIGNAL_NAMES, type Signal } from '../expression/signals.ts'
import type { LimitsData } from '../schema/rule-data.ts'
import type { SignedLimits } from '../schema/signed-limit.ts'
import { adoptRerun } from './adopt-rerun.ts'
import { AlarmCells, emptyAlarms } from './alarm-cells.ts'
import { AlarmRuns, settledBy } from './alarm-runs.ts'
import { AlarmSlots } from './alarm-slots.ts'
import { Annotations } from './apply-reading.ts'
import type { CarriedRules } from './carried-rules.ts'
import { AlarmCarrier } from './carry-alarms.ts'
import { countReading } from './count-reading.ts'
import { explainFault } from './explain.ts'
import type { ToldAlarm } from './late-memory.ts'
import { LateReadings, type ReadingEvaluator } from './late-readings.ts'
import { baseOf, HistoryKeeper } from './patient-history.ts'
import type { PatientHost, Reject } from './patient-host.ts'
import { type LimitTables, limitTables } from './patient-limits.ts'
import { PatientNow } from './patient-now.ts'
import {
  ARRIVAL,
  blankVitals,
  CLOCK,
  DUE,
  DUE_TIMER,
  FAULTS,
  FINGERPRINT,
  FIRST,
  LIMITS_AT,
  LIMITS_SINCE,
  LIMITS_TIMER,
  SETTLED,
  SILENCE_TIMER,
  WARD_AT,
} from './patient-state.ts'
import { PendingEvents } from './pending-events.ts'
import { AttributeReader } from './read-attributes.ts'
import { decodeValue, READERS, type Reading, type RejectCode } from './reading.ts'
import type { ReadingBounds } from './reading-bounds.ts'
import { RerunHost, rejectsOnce } from './rerun-host.ts'
import { type IndexedChannel, type IndexedCount, type RuleIndex, ruleIndex } from './rule-index.ts'
import { SILENCE, SilenceWatch } from './silence-watch.ts'
import { TouchedRules } from './touched-rules.ts'

/** The name of the processing-time timer that finds, live, what is due without another reading. */
export const DUE_RULE = 'due'
/** The name of the one that ends limits that hold for a time. */
export const LIMITS = 'limits'

/** Limits, and who gave patients theirs. */
export interface PatientsLimits {
  readonly limits: LimitsData | undefined
  readonly signed: SignedLimits | undefined
}

/**
 * Takes one reading or timer of one patient through all rules, in this order:
 *
 * ```
 *   silences that are overdue ─► what is due before the reading's time ─► the reading ─► the rules that it touches
 *     ─► what is due at the patient's clock ─► state is written ─► events leave, by time and rule
 * ```
 *
 * Nothing is remembered here from one call to the next but what follows from the rule set: the fields are scratch.
 */
export class PatientRules {
  readonly #set: CompiledRuleSet
  readonly #index: RuleIndex
  readonly #blank: Float64Array
  readonly #tables: LimitTables
  readonly #events: PendingEvents
  readonly #cells = new AlarmCells()
  readonly #runs: AlarmRuns
  readonly #silence: SilenceWatch
  readonly #maxAheadMs: number
  readonly #needsNow: boolean
  readonly #rejects: Reject
  /** What was known before the reading at hand, and with it. */
  readonly #before: PatientNow
  readonly #after: PatientNow
  /** Its annotations, those of signals first, by their number; and which signals it carries, a bit each. */
  readonly #annotations: Annotations
  #present = 0
  readonly #attributes: AttributeReader
  readonly #keeper: HistoryKeeper
  readonly #touched: TouchedRules
  readonly #late: LateReadings | undefined
  /** Limits have ended in this call, and others hold. */
  #hasOthers = false

  /** @param previous what runs of another version, from which is taken what is the same. */
  constructor(
    compiled: CompiledRuleSet,
    limits: PatientsLimits,
    { maxAheadMs, allowedLatenessMs }: ReadingBounds,
    rejects: Reject,
    previous?: PatientRules,
  ) {
    this.#set = compiled
    this.#late = allowedLatenessMs > 0 ? new LateReadings(compiled, allowedLatenessMs, this.#evaluator()) : undefined
    this.#rejects = this.#late === undefined ? rejects : rejectsOnce(rejects)
    this.#index = ruleIndex(this.#set, previous && { set: previous.#set, index: previous.#index })
    this.#blank = blankVitals(this.#set)
    const given = { ...limits, names: compiled.limitNames, following: this.#index.following }
    this.#tables = limitTables(given, previous === undefined ? undefined : previous.#tables)
    const late = this.#late
    this.#events = new PendingEvents(this.#set, late && ((event, ctx) => late.note(event, ctx)))
    this.#runs = new AlarmRuns(this.#set, this.#index.rules, this.#cells, this.#events)
    this.#silence = new SilenceWatch(this.#set, this.#cells, this.#events)
    this.#maxAheadMs = maxAheadMs
    this.#needsNow = this.#silence.isNeeded || this.#tables.hasTimed || maxAheadMs < Infinity
    this.#before = new PatientNow(this.#tables, this.#blank.slice())
    this.#after = new PatientNow(this.#tables, this.#blank)
    this.#attributes = new AttributeReader(this.#set, this.#rejects)
    this.#keeper = new HistoryKeeper(this.#set)
    this.#annotations = new Annotations(this.#index.slots)
    this.#touched = new TouchedRules({
      index: this.#index,
      tables: this.#tables,
      cells: this.#cells,
      runs: this.#runs,
      annotations: this.#annotations,
      before: this.#before,
      after: this.#after,
    })
  }

  processReading(reading: Reading, ctx: PatientHost): void {
    const { time } = reading
    const isTime = typeof time === 'number' && Number.isFinite(time)
    const needsNow = this.#needsNow || !ctx.isReplay
    const now = needsNow ? ctx.now() : Number.NaN
    if (!isTime) this.#reject(ctx, null, null, 'READING_TIME_INVALID')
    else if (time - now > this.#maxAheadMs) this.#reject(ctx, time, null, 'READING_TIME_AHEAD')
    else if (this.#late === undefined) this.#take(reading, now, ctx)
    else this.#late.take(reading, now, ctx)
  }

  onTimer(timer: { readonly name: string; readonly time: number }, ctx: PatientHost): void {
    const now = Math.max(timer.time, ctx.now())
    const vitals = this.#begin(ctx, now)
    if (timer.name === LIMITS) vitals[LIMITS_TIMER] = Infinity
    if (this.#tables.hasTimed) this.#endLimits(vitals, now, ctx)
    if (timer.name === SILENCE) this.#silence.raise(vitals, now, ctx)
    else if (timer.name === DUE_RULE) {
      vitals[DUE_TIMER] = Infinity
      // The patient's clock goes on with the job's: a reading of this very moment may still come, hence not inclusive.
      const clock = (vitals[CLOCK] as number) + now - (vitals[ARRIVAL] as number)
      if ((vitals[DUE] as number) < clock) this.#advance(vitals, this.#before, clock, false)
    }
    this.#end(vitals, ctx)
  }

  /**
   * Takes a patient over from the rules that were in force until now: what is known, runs and alarms; and looks at the rules that begin
   * anew, and at those whose limits are others. What is due in the earlier version leaves first.
   *
   * @param timestamp that of the change, where it has one.
   */
  carry(
    from: PatientRules,
    { over, vitals: carrier, limits }: CarriedRules,
    timestamp: number,
    ctx: PatientHost,
  ): void {
    const now = ctx.now()
    const old = from.#begin(ctx, now)
    if (from.#tables.hasTimed) from.#endLimits(old, now, ctx)
    from.#hasOthers = false
    const clock = old[CLOCK] as number
    const moment = momentOf(old, ctx, timestamp)
    from.#settleBefore(moment, over.leaving, old, ctx)
    const { state } = ctx
    const texts = state.texts.get()
    const row = this.#tables.of(ctx.key, this.#tables.usesWards ? texts?.ward : undefined)
    const limitsNow = this.#tables.limitsAt(this.#tables.at(row, now)).values
    const known = { vitals: old, history: state.history.get(), texts, limits: limitsNow, now }
    const { vitals: carried, history } = carrier.carry(known)
    const patient = { host: ctx, vitals: carried, moment, now }
    new AlarmCarrier(over, this.#events).carry(from.#cells, this.#cells, patient)
    carried[LIMITS_AT] = now
    state.vitals.set(carried)
    state.alarms.set(this.#cells.numbers)
    if (history !== undefined) state.history.set(history)
    else if (known.history !== undefined) state.history.clear()

    const vitals = this.#begin(ctx, now)
    if (clock > -Infinity) {
      for (const rule of over.fresh) this.#lookAnew(rule, vitals, moment)
      this.#lookAtMoved(limits, from.#before.limits, vitals, ctx.isReplay ? clock : moment)
      if (!ctx.isReplay) vitals[SETTLED] = Math.max(vitals[SETTLED] as number, moment)
    }
    if (over.hasFreshSilences && vitals[FIRST] === -Infinity) this.#silence.start(vitals, now, ctx)
    else if (over.hasFreshSilences) this.#silence.raise(vitals, now, ctx)
    this.#end(vitals, ctx)
    this.#late?.restart(ctx)
  }

  /** Live, all that is due before a change; in a replay, where nothing is extrapolated, that of the rules that leave. */
  #settleBefore(moment: number, leaving: readonly CompiledRule[], vitals: Float64Array, ctx: PatientHost): void {
    if (!((vitals[DUE] as number) < moment)) return
    if (!ctx.isReplay) this.#advance(vitals, this.#before, moment, false)
    else {
      const from = vitals[SETTLED] as number
      for (const rule of leaving) this.#runs.settleOne(rule, this.#before, from, moment, false)
    }
    this.#events.emit(ctx)
  }

  /** A rule that is new at a moment: what turned by itself before is none of its business. */
  #lookAnew(rule: CompiledRule, vitals: Float64Array, moment: number): void {
    if (rule.turns !== undefined) this.#runs.startAt(rule, moment)
    const due = this.#runs.lookAt(rule, this.#before, this.#before, moment)
    if (due < (vitals[DUE] as number)) vitals[DUE] = due
  }

  /** Looks at the rules that refer to a limit which is another for this patient than it was. */
  #lookAtMoved(
    { places, areInPlace, users }: CarriedRules['limits'],
    limitsBefore: readonly number[],
    vitals: Float64Array,
    moment: number,
  ): void {
    const { limits } = this.#before
    if (users.length === 0 || (areInPlace && limits === limitsBefore)) return
    const earlier = limits.map((limit, i) => (places[i] === -1 ? limit : (limitsBefore[places[i] as number] as number)))
    const isMoved = limits.map((limit, i) => limit !== earlier[i])
    if (!isMoved.includes(true)) return
    vitals[LIMITS_SINCE] = moment
    const before = { vitals: this.#before.vitals, limits: earlier }
    for (const { rule, limits: used } of users) {
      if (this.#runs.hasLookedAt(rule) || !used.some((i) => isMoved[i])) continue
      const due = this.#runs.lookAt(rule, before, this.#before, moment)
      if (due < (vitals[DUE] as number)) vitals[DUE] = due
    }
  }

  /**
   * Puts limits that hold for a time out of force where it is over, one after the other, and looks at the rules that compare with limits; what
   * was due by then leaves before, under the limits that held.
   */
  #endLimits(vitals: Float64Array, now: number, ctx: PatientHost): void {
    const clock = vitals[CLOCK] as number
    for (let until = this.#tables.untilOf(this.#before.row); until <= now; ) {
      const moment = momentAt(vitals, ctx, until, until)
      if (!ctx.isReplay && (vitals[DUE] as number) < moment) this.#advance(vitals, this.#before, moment, false)
      const before = { vitals: this.#before.vitals, limits: this.#before.limits }
      this.#before.row = this.#tables.nextOf(this.#before.row)
      this.#hasOthers = this.#late !== undefined
      if (clock > -Infinity) vitals[LIMITS_SINCE] = moment
      if (clock > -Infinity) {
        this.#runs.lookAgain()
        for (const rule of this.#index.limited) {
          const due = this.#runs.lookAt(rule, before, this.#before, moment)
          if (due < (vitals[DUE] as number)) vitals[DUE] = due
        }
        if (!ctx.isReplay) vitals[SETTLED] = Math.max(vitals[SETTLED] as number, moment)
      }
      until = this.#tables.untilOf(this.#before.row)
    }
    this.#runs.lookAgain()
    vitals[LIMITS_AT] = Math.max(vitals[LIMITS_AT] as number, now)
  }

  #take(reading: Reading, now: number, ctx: PatientHost): void {
    const { time } = reading
    const vitals = this.#begin(ctx, now)
    if (this.#tables.hasTimed) this.#endLimits(vitals, now, ctx)
    this.#read(reading, ctx)
    if (this.#silence.isNeeded) this.#watch(vitals, now, ctx)
    this.#evaluate(reading, vitals, now, ctx)
    if (this.#silence.isNeeded) this.#silence.note(vitals, this.#annotations.values, this.#present, time, now, ctx)
    this.#end(vitals, ctx)
  }

  /** Takes a reading that has been read through the conditions that it touches. */
  #evaluate(reading: Reading, vitals: Float64Array, now: number, ctx: PatientHost): void {
    const { time } = reading
    if ((vitals[DUE] as number) < time) this.#advance(vitals, this.#before, time, false)
    const clock = Math.max(time, vitals[CLOCK] as number)
    this.#moveLimits(reading, vitals, ctx)
    this.#apply(reading, vitals, clock, ctx)
    if (time === clock) {
      vitals[CLOCK] = time
      vitals[ARRIVAL] = ctx.isReplay ? Number.NaN : now
    }
    if ((vitals[DUE] as number) <= clock) this.#advance(vitals, this.#after, clock, true)
  }

  /** Settles what is due, or turns by itself, before a moment (at it too, if `inclusive`). */
  #advance(vitals: Float64Array, now: PatientNow, bound: number, inclusive: boolean): void {
    vitals[DUE] = this.#runs.advance(now, vitals[SETTLED] as number, bound, inclusive)
    vitals[SETTLED] = Math.max(vitals[SETTLED] as number, settledBy(bound, inclusive))
  }

  /** Reads the patient's state, and returns the vitals, to be written. What they were stays in `#before`. */
  #begin(ctx: PatientHost, now: number): Float64Array {
    const { state } = ctx
    const vitals = state.vitals.get() ?? this.#blank.slice()
    if (vitals[FINGERPRINT] !== this.#blank[FINGERPRINT]) {
      throw new MillraceRulesError('RULES_STATE_OF_OTHER_RULES', "a patient's state is of another version of the rules")
    }
    let row = this.#tables.of(ctx.key, this.#tables.usesWards ? state.texts.get()?.ward : undefined)
    if (this.#tables.hasTimed) {
      if (vitals[LIMITS_AT] === -Infinity) vitals[LIMITS_AT] = now
      row = this.#tables.at(row, vitals[LIMITS_AT] as number)
    }
    this.#cells.begin(state.alarms.get() ?? emptyAlarms())
    this.#runs.begin(ctx)
    // A call of `set` would take longer than these few numbers.
    const before = this.#before.vitals
    for (let i = 0; i < before.length; i++) before[i] = vitals[i] as number
    this.#before.row = row
    return vitals
  }

  #end(vitals: Float64Array, ctx: PatientHost): void {
    if (!ctx.isReplay) this.#setDueTimer(vitals, ctx)
    if (this.#tables.hasTimed) this.#setLimitsTimer(vitals, ctx)
    vitals[FAULTS] = (vitals[FAULTS] as number) + this.#runs.newFaults
    ctx.state.vitals.set(vitals)
    ctx.state.alarms.set(this.#cells.numbers)
    this.#events.emit(ctx)
    if (this.#hasOthers) this.#restartLate(ctx)
  }

  /** Takes the values out of a reading. What no rule can use counts as a blank: the last value may be wrong by now. */
  #read(reading: Reading, ctx: PatientHost): void {
    this.#present = 0
    const { values } = this.#annotations
    for (const signal of this.#set.layout.signals) {
      const raw = (READERS[signal] as (typeof READERS)[number])(reading)
      if (raw === undefined) continue
      const value = typeof raw === 'number' && Math.abs(raw) !== Infinity ? raw : decodeValue(raw, signal)
      this.#present |= 1 << signal
      if (typeof value === 'number') values[signal] = value
      else {
        values[signal] = Number.NaN
        this.#reject(ctx, reading.time, SIGNAL_NAMES[signal] as Signal, value)
      }
    }
  }

  /** Silences that the timer has not come to yet are found before the reading, and leave before its events. */
  #watch(vitals: Float64Array, now: number, ctx: PatientHost): void {
    if (vitals[FIRST] === -Infinity) this.#silence.start(vitals, now, ctx)
    else if (now >= (vitals[SILENCE_TIMER] as number)) {
      this.#silence.raise(vitals, now, ctx)
      this.#events.emit(ctx)
    }
  }

  /** A patient who has moved to another ward has other limits from this reading's time on. What was said later stands. */
  #moveLimits({ ward, time }: Reading, vitals: Float64Array, ctx: PatientHost): void {
    this.#after.row = this.#before.row
    if (!this.#tables.usesWards || typeof ward !== 'string' || time < (vitals[WARD_AT] as number)) return
    vitals[WARD_AT] = time
    const texts = ctx.state.texts.get()
    if (ward === texts?.ward) return
    ctx.state.texts.set({ ...texts, ward })
    const row = this.#tables.at(this.#tables.of(ctx.key, ward), vitals[LIMITS_AT] as number)
    if (row === this.#before.row) return
    this.#after.row = row
    vitals[LIMITS_SINCE] = Math.max(vitals[LIMITS_SINCE] as number, time)
  }

  /** How late readings are evaluated: what is known is taken from the host, and nothing of it is held over from one call to the next. */
  #evaluator(): ReadingEvaluator {
    const slots = new AlarmSlots(this.#set)
    return {
      take: (reading, now, host) => this.#take(reading, now, host),
      endLimits: (now, host) => {
        if (!this.#tables.hasTimed) return
        const vitals = this.#begin(host, now)
        this.#endLimits(vitals, now, host)
        this.#end(vitals, host)
      },
      hear: (reading, now, host) => {
        if (!this.#silence.isNeeded) return
        const vitals = this.#begin(host, now)
        this.#read(reading, new RerunHost(host))
        this.#watch(vitals, now, host)
        this.#silence.note(vitals, this.#annotations.values, this.#present, reading.time, now, host)
        this.#end(vitals, host)
      },
      takeAgain: (reading, now, host) => {
        const vitals = this.#begin(host, now)
        this.#read(reading, host)
        this.#evaluate(reading, vitals, now, host)
        this.#end(vitals, host)
      },
      settle: (bound, now, host) => {
        const vitals = this.#begin(host, now)
        if ((vitals[DUE] as number) < bound) this.#advance(vitals, this.#before, bound, false)
        vitals[SETTLED] = Math.max(vitals[SETTLED] as number, bound)
        this.#end(vitals, host)
      },
      explain: (told, now, host) => this.#explain(told, slots, now, host),
      about: (slot) => slots.about(slot),
      openAlarms: (host) => {
        this.#cells.begin(host.state.alarms.get() ?? emptyAlarms())
        return slots.open(this.#cells, host.state.faults.get())
      },
      adopt: (host, told, now, ctx) => {
        adoptRerun(this.#set, slots, this.#cells, { from: host, told, into: ctx })
        this.#end(this.#begin(ctx, now), ctx)
      },
    }
  }

  #explain({ slot, raised }: ToldAlarm, slots: AlarmSlots, now: number, host: RerunHost): Why {
    const failed = slots.failedRuleOf(slot)
    if (failed !== undefined) return explainFault(failed.data, failed.raise)
    const { data, raise } = slots.ruleOf(slot) as CompiledRule
    this.#begin(host, now)
    try {
      return this.#runs.explain(slots.ruleOf(slot) as CompiledRule, raise, this.#before, {
        since: raised,
        time: raised,
      })
    } catch {
      const { error: _, ...why } = explainFault(data, raise)
      return why
    }
  }

  #restartLate(ctx: PatientHost): void {
    this.#hasOthers = false
    this.#late?.restart(ctx)
  }

  /** Writes the reading's annotations, and looks at every rule that one of them may matter to. */
  #apply(reading: Reading, vitals: Float64Array, clock: number, ctx: PatientHost): void {
    const { time } = reading
    this.#annotations.time = time
    this.#annotations.mayPass = time === clock && vitals[FAULTS] === 0
    this.#touched.clear()
    this.#annotateSignals(vitals, time, ctx)
    if (this.#index.attributes.length > 0) this.#annotateAttributes(reading, vitals, ctx)
    this.#after.vitals = vitals
    if (vitals[SETTLED] === -Infinity) {
      vitals[SETTLED] = time
      this.#touched.look(this.#index.atFirst, vitals, time, clock)
    }
    if (this.#after.row !== this.#before.row) this.#touched.look(this.#index.limited, vitals, time, clock)
    this.#touched.lookAtAll(vitals, time, clock)
  }

  #annotateSignals(vitals: Float64Array, time: number, ctx: PatientHost): void {
    const { layout } = this.#set
    let current = 0
    for (const signal of layout.signals) {
      const bit = 1 << signal
      if ((this.#present & bit) === 0) continue
      const offset = layout.offsets[signal] as number
      if (time < (vitals[offset + TIME] as number)) continue
      current |= bit
      if ((this.#index.counts[signal] as readonly IndexedCount[]).length > 0) this.#count(signal, vitals)
      this.#annotate(this.#index.channels[signal] as IndexedChannel, vitals)
      if (this.#keeper.isNeeded) this.#derive(signal, vitals, time, ctx)
    }
    if (current !== this.#present) ctx.metrics.counter('outOfOrder').add(1)
  }

  /** Works out what rests on a signal, as of this reading. */
  #derive(signal: number, vitals: Float64Array, time: number, ctx: PatientHost): void {
    const derive = this.#set.derive[signal] ?? []
    if (derive.length === 0) return
    const { values } = this.#annotations
    const value = values[signal] as number
    const history = this.#keeper.add(ctx.state.history.get() ?? this.#keeper.empty(), signal, time, value)
    ctx.state.history.set(history)
    const channels = this.#index.derived[signal] ?? []
    for (let i = 0; i < derive.length; i++) {
      const channel = derive[i] as (typeof derive)[number]
      const isBlank = Number.isNaN(value) || (value === 0 && channel.zeros === 'no-signal')
      const worth = isBlank ? Number.NaN : channel.of(history, baseOf(history, channel.history), time, this.#after)
      const known = channels[i] as IndexedChannel
      values[known.slot] = isBlank || Number.isFinite(worth) ? worth : UNDEFINED
      this.#annotate(known, vitals)
    }
  }

  #annotateAttributes(reading: Reading, vitals: Float64Array, ctx: PatientHost): void {
    const { time } = reading
    const channels = this.#index.attributes
    for (let i = 0; i < channels.length; i++) {
      const channel = channels[i] as IndexedChannel
      if (time < (vitals[channel.offset + TIME] as number)) continue
      const value = this.#attributes.read(i, reading, ctx)
      if (value === undefined) continue
      const isSame = value === vitals[channel.offset + VALUE]
      vitals[channel.offset + TIME] = time
      vitals[channel.offset + VALUE] = value
      // Many a source says with every reading where the patient lies.
      if (isSame && this.#annotations.mayPass) continue
      this.#annotations.stretch(channel.slot, vitals, channel.offset + VALUE, channel.offset + VALUE)
      this.#touched.annotated.add(channel)
    }
  }

  #annotate(channel: IndexedChannel, vitals: Float64Array): void {
    this.#annotations.write(channel, vitals, this.#set.layout.holds)
    this.#touched.annotated.add(channel)
  }

  #count(signal: number, vitals: Float64Array): void {
    const { channels, windows, counts } = this.#index
    const own = counts[signal] as readonly IndexedCount[]
    countReading(channels[signal] as IndexedChannel, windows[signal] ?? [], own, vitals, this.#annotations)
    for (const count of own) this.#touched.recounted.add(count)
  }

  /** Live, the job's clock finds what is due when no reading does. The timer is moved only where it would be too late. */
  #setDueTimer(vitals: Float64Array, ctx: PatientHost): void {
    const time = (vitals[ARRIVAL] as number) + (vitals[DUE] as number) - (vitals[CLOCK] as number) + 1
    if (!(time < (vitals[DUE_TIMER] as number))) return
    vitals[DUE_TIMER] = time
    ctx.timers.processingTime.replace(DUE_RULE, time)
  }

  /** Limits that hold for a time end with it, whether anything is read or not. */
  #setLimitsTimer(vitals: Float64Array, ctx: PatientHost): void {
    const row = this.#tables.of(ctx.key, this.#tables.usesWards ? ctx.state.texts.get()?.ward : undefined)
    const until = this.#tables.untilOf(this.#tables.at(row, vitals[LIMITS_AT] as number))
    if (until === Infinity || until === vitals[LIMITS_TIMER]) return
    vitals[LIMITS_TIMER] = until
    ctx.timers.processingTime.replace(LIMITS, until)
  }

  #reject(ctx: PatientHost, time: number | null, signal: Signal | null, code: RejectCode): void {
    ctx.metrics.counter('rejected').add(1)
    this.#rejects(ctx, { patientId: ctx.key, time, signal, code })
  }
}

/**
 * The moment of a change on a patient's clock: live the clock goes on with the job's; in a replay nothing is known to have happened since
 * the last reading, and a rule that begins anew begins with the change.
 */
function momentOf(vitals: Float64Array, ctx: PatientHost, timestamp: number): number {
  return momentAt(vitals, ctx, timestamp, ctx.now())
}

/** The same of a time of the job's clock. */
function momentAt(vitals: Float64Array, ctx: PatientHost, timestamp: number, now: number): number {
  const clock = vitals[CLOCK] as number
  const moment = ctx.isReplay ? timestamp : Math.floor(clock + now - (vitals[ARRIVAL] as number))
  return Number.isFinite(moment) && moment > clock ? moment : clock
}
