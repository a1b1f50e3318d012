import type { Why } from '../alarms/alarm-event.ts'
import { alarmId } from '../alarms/alarm-id.ts'
import {
  awaited,
  BEGAN,
  dueOf,
  FAULTED,
  FLAGS,
  RUN,
  runAfter,
  SINCE,
  settle,
  type Transition,
} from '../alarms/delayed-alarm.ts'
import type { CompiledCondition, CompiledRule, CompiledRuleSet } from '../compile/compile-rule-set.ts'
import { TIME } from '../compile/layout.ts'
import type { PatientView } from '../compile/patient-view.ts'
import { UNKNOWN } from '../compile/truth.ts'
import type { AlarmCells } from './alarm-cells.ts'
import { explainBlindness, explainCondition, explainFault } from './explain.ts'
import type { PatientHost } from './patient-host.ts'
import type { PatientNow } from './patient-now.ts'
import { CLOCK, LIMITS_SINCE } from './patient-state.ts'
import type { PendingEvents } from './pending-events.ts'

interface Moment {
  readonly since: number
  readonly time: number
}

/** The runs and alarms of the patient at hand. Holds nothing over from one call to the next. */
export class AlarmRuns {
  readonly #set: CompiledRuleSet
  readonly #events: PendingEvents
  readonly #cells: AlarmCells
  /** By index, and those that may turn by themselves. */
  readonly #rules: readonly (CompiledRule | undefined)[]
  readonly #turning: readonly CompiledRule[]
  #ctx!: PatientHost
  /** By how many this call changed the number of rules that have failed. */
  newFaults = 0
  /** By index of the rule: the last call in which it was looked at. */
  readonly #looked: number[]
  #call = 0

  /** @param rules by index; undefined for a rule of silence. */
  constructor(
    set: CompiledRuleSet,
    rules: readonly (CompiledRule | undefined)[],
    cells: AlarmCells,
    events: PendingEvents,
  ) {
    this.#set = set
    this.#cells = cells
    this.#events = events
    this.#rules = rules
    this.#turning = set.rules.filter(({ turns }) => turns !== undefined)
    this.#looked = new Array<number>(set.alarmCount).fill(0)
  }

  begin(ctx: PatientHost): void {
    this.#ctx = ctx
    this.newFaults = 0
    this.#call++
  }

  /** What was looked at may be looked at again: something else has happened since. */
  lookAgain(): void {
    this.#call++
  }

  /** Whether this call has looked at a rule: a row of several vitals does so once. */
  hasLookedAt({ index }: CompiledRule): boolean {
    return this.#looked[index] === this.#call
  }

  /**
   * Looks at a rule after an annotation of one of its channels. Returns when it is due, or may turn by itself; NaN where never.
   *
   * @param time the annotation's; `clock`, the patient's, is the same or later.
   */
  look(rule: CompiledRule, before: PatientView, after: PatientNow, time: number, clock: number): number {
    this.#looked[rule.index] = this.#call
    const found = this.#cells.find(rule.index)
    const cells = this.#cells.cellsAt(found)
    const at = Math.max(0, found)
    const start = time >= clock ? time : latestOf(after.vitals, rule)
    const run = cells[at + RUN] as number
    let next = Number.NaN
    let failed = false
    try {
      const { holds } = awaited(rule, cells, at)
      // A value may have run out since the last annotation: then the run ended with it. A rule that turns by itself may have
      // turned back at this very moment, which has not been looked at unless the patient's clock had come to it.
      const isNew = rule.turns !== undefined && (before.vitals[CLOCK] as number) < clock
      const held = Number.isNaN(run) ? UNKNOWN : holds(before, isNew ? justBefore(clock) : clock)
      next = runAfter(cells, at, held, holds(after, start), start)
    } catch {
      failed = true
    }
    const wasFaulted = ((cells[at + FLAGS] as number) & FAULTED) !== 0
    const place = Object.is(run, next) ? found : this.#setRun(rule, next)
    if (failed !== wasFaulted) this.#noteFault(rule, failed, start)
    else if (rule.turns === undefined) return place === -1 ? Number.NaN : dueOf(rule, this.#cells.numbers, place)
    if (rule.turns === undefined) return this.#due(rule)
    // What the annotation says holds from its own time on, and so may the turns that lie between then and now.
    if (start < clock) this.#settle(rule, after, clock, true, justAfter(start))
    return this.#next(rule, after, justAfter(clock))
  }

  /**
   * Raises and clears what is due before `bound` (at it too, if `inclusive`), and looks at what turns by itself from `from`
   * on. Returns when something is due or turns next. Where a reading has been looked at, `bound` is the patient's clock: up to it
   * that look has found the rule's turns, and what was known before the reading is gone.
   */
  advance(now: PatientNow, from: number, bound: number, inclusive: boolean): number {
    let earliest = Infinity
    const cells = this.#cells
    // What is at rest is never due. Settling writes cells that are there, and moves none.
    for (let nth = 0; nth < cells.count; nth++) {
      if (Number.isNaN(cells.numbers[cells.placeOf(nth) + RUN] as number)) continue
      const rule = this.#rules[cells.indexOf(nth)]
      if (rule === undefined || rule.turns !== undefined) continue
      let due = dueOf(rule, cells.numbers, cells.placeOf(nth))
      if (inclusive ? due <= bound : due < bound) {
        this.#settle(rule, now, bound, inclusive, bound)
        due = dueOf(rule, cells.numbers, cells.placeOf(nth))
      }
      if (due < earliest) earliest = due
    }
    for (const rule of this.#turning) {
      const first = this.hasLookedAt(rule) ? justAfter(bound) : from
      let due = this.#next(rule, now, first)
      if (inclusive ? due <= bound : due < bound) {
        this.#settle(rule, now, bound, inclusive, first)
        this.#tidy(rule)
        due = this.#next(rule, now, settledBy(bound, inclusive))
      }
      if (due < earliest) earliest = due
    }
    return earliest
  }

  /**
   * Looks at a rule at a moment at which something other than a reading is new, and raises or clears what is due by then. Returns when
   * it is due next, or may turn by itself.
   */
  lookAt(rule: CompiledRule, before: PatientView, after: PatientNow, time: number): number {
    this.look(rule, before, after, time, time)
    this.settleOne(rule, after, justAfter(time), time, true)
    return this.#next(rule, after, justAfter(time))
  }

  /** No run of a rule begins before that. */
  startAt({ index }: CompiledRule, time: number): void {
    const at = this.#cells.own(index)
    this.#cells.numbers[at + SINCE] = time
  }

  /** The same as `advance`, of one rule. */
  settleOne(rule: CompiledRule, now: PatientNow, from: number, bound: number, inclusive: boolean): void {
    this.#settle(rule, now, bound, inclusive, from)
    this.#tidy(rule)
  }

  #tidy({ index }: CompiledRule): void {
    const found = this.#cells.find(index)
    if (found !== -1) this.#cells.tidy(found)
  }

  #due(rule: CompiledRule): number {
    const found = this.#cells.find(rule.index)
    return found === -1 ? Number.NaN : dueOf(rule, this.#cells.numbers, found)
  }

  /** Returns the cell's place, -1 where it is at rest now. */
  #setRun({ index }: CompiledRule, run: number): number {
    const at = this.#cells.own(index)
    this.#cells.numbers[at + RUN] = run
    return this.#cells.tidy(at) ? -1 : at
  }

  /** When a rule is due, or may turn by itself at `from` or later. */
  #next(rule: CompiledRule, now: PatientNow, from: number): number {
    const due = this.#due(rule)
    if (rule.turns === undefined) return due
    const turn = rule.turns(now, from)
    return due < turn ? due : turn
  }

  #settle(rule: CompiledRule, now: PatientNow, bound: number, inclusive: boolean, from: number): void {
    const at = this.#cells.own(rule.index)
    const cells = this.#cells.numbers
    const transition = this.#transition(rule, now, at)
    try {
      for (let since = from; ; ) {
        const turn = rule.turns === undefined ? Infinity : rule.turns(now, since)
        if (!(inclusive ? turn <= bound : turn < bound)) break
        settle(rule, cells, at, now, turn, false, transition)
        const { holds } = awaited(rule, cells, at)
        const held = Number.isNaN(cells[at + RUN] as number) ? UNKNOWN : holds(now, justBefore(turn))
        cells[at + RUN] = runAfter(cells, at, held, holds(now, turn), turn)
        since = justAfter(turn)
      }
      settle(rule, cells, at, now, bound, inclusive, transition)
    } catch {
      cells[at + RUN] = Number.NaN
      this.#noteFault(rule, true, bound)
    }
  }

  /** What a rule's condition stands at, whether it holds or not. */
  explain(rule: CompiledRule, condition: CompiledCondition, now: PatientNow, moment: Moment): Why {
    const explain = rule.isBlindness ? explainBlindness : explainCondition
    const texts = this.#ctx.state.texts.get()
    const { limitNames, attributes } = this.#set
    return explain(rule.data, condition, moment, { now, limitNames, attributes, texts })
  }

  #transition(rule: CompiledRule, now: PatientNow, at: number): Transition {
    return (event, time, since) => {
      const why = this.explain(rule, event === 'raised' ? rule.raise : rule.clear, now, { since, time })
      const about = rule.isBlindness ? `${rule.data.id}!RULES_INPUT_UNKNOWN` : rule.data.id
      const id = alarmId(about, this.#ctx.key, this.#cells.numbers[at + BEGAN] as number)
      this.#events.add(this.#ctx, rule.index, rule.data, { id, event, time, why })
    }
  }

  /** An error inside a rule is an alarm of its own, over when the rule can be evaluated again. */
  #noteFault(rule: CompiledRule, failed: boolean, time: number): void {
    // What watches a rule fails with it, and the rule says so itself.
    if (rule.isBlindness) return
    const found = this.#cells.find(rule.index)
    const wasFaulted = found !== -1 && ((this.#cells.numbers[found + FLAGS] as number) & FAULTED) !== 0
    if (failed === wasFaulted) return
    const at = this.#cells.own(rule.index)
    const { numbers } = this.#cells
    numbers[at + FLAGS] = (numbers[at + FLAGS] as number) ^ FAULTED
    this.#cells.tidy(at)
    this.newFaults += failed ? 1 : -1
    const id = alarmId(`${rule.data.id}!RULES_EVALUATION_FAILED`, this.#ctx.key, this.#faultSince(rule, failed, time))
    const why = explainFault(rule.data, rule.raise)
    this.#events.add(this.#ctx, rule.index, rule.data, { id, event: failed ? 'raised' : 'cleared', time, why })
    if (failed) this.#ctx.metrics.counter('ruleErrors').add(1)
  }

  /** Remembers since when a rule has failed, or forgets it. */
  #faultSince({ index }: CompiledRule, failed: boolean, time: number): number {
    const { faults } = this.#ctx.state
    const { [index]: since = time, ...others } = faults.get() ?? {}
    if (failed) faults.set({ ...others, [index]: time })
    else if (Object.keys(others).length === 0) faults.clear()
    else faults.set(others)
    return since
  }
}

// Times are whole ms, so that nothing lies between these and the moment that they are beside.
function justAfter(time: number): number {
  return time + 0.5
}

function justBefore(time: number): number {
  return time - 0.5
}

/** From when on turns have not been looked at, once all before `bound` (at it too, if `inclusive`) have. */
export function settledBy(bound: number, inclusive: boolean): number {
  return inclusive ? justAfter(bound) : bound
}

/** The time of the latest annotation among a rule's signals, or since when its limits hold: since then what is known has been so. */
function latestOf(vitals: Float64Array, { offsets, limits }: CompiledRule): number {
  let latest = limits.length === 0 ? -Infinity : (vitals[LIMITS_SINCE] as number)
  for (const offset of offsets) {
    const time = vitals[offset + TIME] as number
    if (time > latest) latest = time
  }
  return latest
}
