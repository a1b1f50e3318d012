import {
  awaited,
  CELL_LENGTH,
  dueOf,
  FAULTED,
  FLAGS,
  RUN,
  runAfter,
  settle,
  type Transition,
} from '../alarms/delayed-alarm.ts'
import type { CompiledRule, CompiledRuleSet } from '../compile/compile-rules.ts'
import { TIME } from '../compile/layout.ts'
import type { PatientView } from '../compile/patient-view.ts'
import { UNKNOWN } from '../compile/truth.ts'
import { explainCondition, explainFault } from './explain.ts'
import type { PatientLimits } from './patient-limits.ts'
import type { Context, PendingEvents } from './pending-events.ts'

/** What is known of the patient at hand, and the limits that hold for it. Its arrays are replaced, never written. */
export interface PatientNow extends PatientView {
  readonly explained: PatientLimits
}

/** The runs and alarms of the patient at hand. Holds nothing over from one call to the next. */
export class AlarmRuns {
  readonly #set: CompiledRuleSet
  readonly #events: PendingEvents
  #cells: readonly number[] = []
  #owned: number[] | undefined
  #ctx!: Context
  /** By how many this call changed the number of rules that have failed. */
  newFaults = 0

  constructor(set: CompiledRuleSet, events: PendingEvents) {
    this.#set = set
    this.#events = events
  }

  begin(ctx: Context, cells: readonly number[]): void {
    this.#ctx = ctx
    this.#cells = cells
    this.#owned = undefined
    this.newFaults = 0
  }

  /** Writes back what changed. */
  end(): void {
    if (this.#owned !== undefined) this.#ctx.state.alarms.set(this.#owned)
  }

  get cells(): readonly number[] {
    return this.#cells
  }

  /** The cells as this call's own, to be written. */
  own(): number[] {
    if (this.#owned === undefined) {
      this.#owned = this.#cells.slice()
      this.#cells = this.#owned
    }
    return this.#owned
  }

  /**
   * Looks at a rule after an annotation of one of its signals. Returns when it is due; NaN where it is not.
   *
   * @param time the annotation's; `clock`, the patient's, is the same or later.
   */
  look(rule: CompiledRule, before: PatientNow, after: PatientNow, time: number, clock: number): number {
    const at = rule.index * CELL_LENGTH
    const start = time >= clock ? time : latestOf(after.vitals, rule.offsets)
    const run = this.#cells[at + RUN] as number
    let next = Number.NaN
    let failed = false
    try {
      const { holds } = awaited(rule, this.#cells, at)
      // A value may have run out since the last annotation: then the run ended with it.
      const held = Number.isNaN(run) ? UNKNOWN : holds(before, clock)
      next = runAfter(this.#cells, at, held, holds(after, start), start)
    } catch {
      failed = true
    }
    if (!Object.is(run, next)) this.own()[at + RUN] = next
    this.#noteFault(rule, failed, start)
    return dueOf(rule, this.#cells, at)
  }

  /** Raises and clears what is due before `bound` (at it too, if `inclusive`). Returns when something is due next. */
  advance(now: PatientNow, bound: number, inclusive: boolean): number {
    let earliest = Infinity
    for (const rule of this.#set.rules) {
      const at = rule.index * CELL_LENGTH
      let due = dueOf(rule, this.#cells, at)
      if (inclusive ? due <= bound : due < bound) {
        this.#settle(rule, now, bound, inclusive)
        due = dueOf(rule, this.#cells, at)
      }
      if (due < earliest) earliest = due
    }
    return earliest
  }

  #settle(rule: CompiledRule, now: PatientNow, bound: number, inclusive: boolean): void {
    const cells = this.own()
    const at = rule.index * CELL_LENGTH
    try {
      settle(rule, cells, at, now, bound, inclusive, this.#transition(rule, now))
    } catch {
      cells[at + RUN] = Number.NaN
      this.#noteFault(rule, true, bound)
    }
  }

  #transition(rule: CompiledRule, now: PatientNow): Transition {
    return (event, time, since) => {
      const condition = event === 'raised' ? rule.raise : rule.clear
      const why = explainCondition(rule.data, condition, { since, time }, now, now.explained, this.#set.limitNames)
      this.#events.add(this.#ctx.key, rule.index, rule.data, event, time, why)
    }
  }

  /** An error inside a rule is an alarm of its own, over when the rule can be evaluated again. */
  #noteFault(rule: CompiledRule, failed: boolean, time: number): void {
    const at = rule.index * CELL_LENGTH
    const wasFaulted = ((this.#cells[at + FLAGS] as number) & FAULTED) !== 0
    if (failed === wasFaulted) return
    const cells = this.own()
    cells[at + FLAGS] = (cells[at + FLAGS] as number) ^ FAULTED
    this.newFaults += failed ? 1 : -1
    const event = failed ? 'raised' : 'cleared'
    this.#events.add(this.#ctx.key, rule.index, rule.data, event, time, explainFault(rule.data, rule.raise))
    if (failed) this.#ctx.metrics.counter('ruleErrors').add(1)
  }
}

/** The time of the latest annotation among signals: since then what is known of them has been so. */
function latestOf(vitals: readonly number[], offsets: readonly number[]): number {
  let latest = -Infinity
  for (const offset of offsets) {
    const time = vitals[offset + TIME] as number
    if (time > latest) latest = time
  }
  return latest
}
