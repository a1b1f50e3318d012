import type { CompiledRule } from '../compile/compile-rule-set.ts'
import type { AlarmCells } from './alarm-cells.ts'
import type { AlarmRuns } from './alarm-runs.ts'
import { ANY, type Annotations, CROSSED, NONE } from './apply-reading.ts'
import { Gathered } from './gathered.ts'
import type { LimitTables } from './patient-limits.ts'
import type { PatientNow } from './patient-now.ts'
import { DUE } from './patient-state.ts'
import {
  ABOVE,
  ALWAYS,
  BELOW,
  CROSSING,
  type IndexedChannel,
  type IndexedCount,
  type IndexedExpression,
  type RuleIndex,
  UNBOUND,
  UNBOUND_AT_BLANK,
} from './rule-index.ts'
import type { RuleLists } from './rule-lists.ts'

/** What a look at the rules goes by. */
export interface TouchedParts {
  readonly index: RuleIndex
  readonly tables: LimitTables
  readonly cells: AlarmCells
  readonly runs: AlarmRuns
  readonly annotations: Annotations
  /** What was known before the reading at hand, and with it. */
  readonly before: PatientNow
  readonly after: PatientNow
}

/** Looks at the rules that the annotations of a reading may matter to, each once. */
export class TouchedRules {
  readonly #index: RuleIndex
  readonly #tables: LimitTables
  readonly #cells: AlarmCells
  readonly #runs: AlarmRuns
  readonly #annotations: Annotations
  readonly #before: PatientNow
  readonly #after: PatientNow
  /** The channels that the reading at hand annotates, the counts that it changes, and what is worked out from those. */
  readonly annotated: Gathered<IndexedChannel> = new Gathered()
  readonly recounted: Gathered<IndexedCount> = new Gathered()
  readonly #workedOut = new Gathered<IndexedExpression>()
  /** By slot: the last reading with which it was worked out. */
  readonly #workedOutWith: Float64Array
  #reading = 0
  readonly #active = new Gathered<number>()

  constructor({ index, tables, cells, runs, annotations, before, after }: TouchedParts) {
    this.#index = index
    this.#tables = tables
    this.#cells = cells
    this.#runs = runs
    this.#annotations = annotations
    this.#before = before
    this.#after = after
    this.#workedOutWith = new Float64Array(index.slots)
  }

  clear(): void {
    this.annotated.clear()
    this.recounted.clear()
  }

  /**
   * Once the reading is written.
   *
   * @param time the reading's; `clock`, the patient's, is the same or later.
   */
  lookAtAll(vitals: Float64Array, time: number, clock: number): void {
    this.#workOut(clock)
    for (let i = 0; i < this.annotated.length; i++) this.#lookAtTouched(this.annotated.at(i), vitals, time, clock)
    for (let i = 0; i < this.recounted.length; i++) this.#lookAtRecounted(this.recounted.at(i), vitals, time, clock)
    for (let i = 0; i < this.#workedOut.length; i++) this.#lookAtWorkedOut(this.#workedOut.at(i), vitals, time, clock)
  }

  look(rules: readonly CompiledRule[], vitals: Float64Array, time: number, clock: number): void {
    for (const rule of rules) this.#lookAt(rule, vitals, time, clock)
  }

  /** Works out, before the reading and with it, what speaks of the channels that it annotates: once for all rules. */
  #workOut(clock: number): void {
    const { expressions } = this.#index
    this.#workedOut.clear()
    this.#reading++
    for (let i = 0; i < this.annotated.length; i++) {
      const own = expressions[this.annotated.at(i).slot] as readonly IndexedExpression[]
      for (let k = 0; k < own.length; k++) {
        const expression = own[k] as IndexedExpression
        const { slot, value } = expression
        if (this.#workedOutWith[slot] === this.#reading) continue
        this.#workedOutWith[slot] = this.#reading
        if (this.#annotations.mayPass) {
          this.#annotations.workedOut(slot, value(this.#before, clock), value(this.#after, clock))
        } else this.#annotations.anywhere(slot)
        this.#workedOut.add(expression)
      }
    }
  }

  #lookAtTouched({ slot, offset }: IndexedChannel, vitals: Float64Array, time: number, clock: number): void {
    const isAny = this.#annotations.of(slot) === ANY
    if (isAny) this.#lookAtActive(offset, vitals, time, clock)
    const { touched } = this.#index
    const place = touched.slots[slot] as number
    if (place < (touched.slots[slot + 1] as number)) {
      const isKnown = Number.isFinite(this.#annotations.low(slot))
      const list = isAny ? (isKnown ? UNBOUND : UNBOUND_AT_BLANK) : ALWAYS
      this.#lookAtListed(touched, place, list, vitals, time, clock)
    }
    this.#lookAtEdges(slot, vitals, time, clock)
  }

  #lookAtRecounted({ slot, offset }: IndexedCount, vitals: Float64Array, time: number, clock: number): void {
    if (this.#annotations.of(slot) === ANY) {
      this.#lookAtActive(offset, vitals, time, clock)
      this.#lookAtUnbound(slot, vitals, time, clock)
    }
    this.#lookAtEdges(slot, vitals, time, clock)
  }

  #lookAtWorkedOut({ slot, offsets }: IndexedExpression, vitals: Float64Array, time: number, clock: number): void {
    if (this.#annotations.of(slot) === ANY) {
      for (const offset of offsets) this.#lookAtActive(offset, vitals, time, clock)
      this.#lookAtUnbound(slot, vitals, time, clock)
    }
    this.#lookAtEdges(slot, vitals, time, clock)
  }

  #lookAtUnbound(slot: number, vitals: Float64Array, time: number, clock: number): void {
    const { touched } = this.#index
    const place = touched.slots[slot] as number
    if (place === (touched.slots[slot + 1] as number)) return
    this.#lookAtListed(touched, place, UNBOUND, vitals, time, clock)
  }

  /** The rules that speak of a channel and are not at rest. */
  #lookAtActive(offset: number, vitals: Float64Array, time: number, clock: number): void {
    const active = this.#active
    active.clear()
    for (let nth = 0; nth < this.#cells.count; nth++) active.add(this.#cells.indexOf(nth))
    for (let i = 0; i < active.length; i++) {
      const rule = this.#index.rules[active.at(i)]
      if (rule?.offsets.includes(offset)) this.#lookAt(rule, vitals, time, clock)
    }
  }

  /** At edges that the value has crossed, or stands at; where any rule can come out differently, at those that its value meets. */
  #lookAtEdges(slot: number, vitals: Float64Array, time: number, clock: number): void {
    const touch = this.#annotations.of(slot)
    if (touch === NONE) return
    const low = this.#annotations.low(slot)
    const high = this.#annotations.high(slot)
    // Of what is unknown, or of no values, there is no stretch.
    if (!(low <= high)) return
    const { fixed } = this.#index
    const isCrossing = touch === CROSSED
    const from = fixed.slots[slot] as number
    const end = fixed.slots[slot + 1] as number
    let place = isCrossing ? fixed.firstPlace(slot, low) : from
    for (; place < end && (fixed.at[place] as number) <= high; place++) {
      this.#lookAtListed(fixed, place, isCrossing ? CROSSING : ABOVE, vitals, time, clock)
    }
    for (place = end - 1; !isCrossing && place >= from && (fixed.at[place] as number) >= low; place--) {
      this.#lookAtListed(fixed, place, BELOW, vitals, time, clock)
    }
    this.#lookAtFollowing(slot, isCrossing, vitals, time, clock)
  }

  #lookAtFollowing(slot: number, isCrossing: boolean, vitals: Float64Array, time: number, clock: number): void {
    const { following } = this.#index
    const { row } = this.#after
    const end = following.slots[slot + 1] as number
    for (let nth = following.slots[slot] as number; nth < end; nth++) {
      const at = this.#tables.edgeAt(row, nth)
      const isAbove = at <= this.#annotations.high(slot)
      const isBelow = at >= this.#annotations.low(slot)
      if (isCrossing && !isAbove) return
      if (isCrossing && !isBelow) continue
      const place = this.#tables.placeAt(row, nth)
      if (isCrossing) this.#lookAtListed(following, place, CROSSING, vitals, time, clock)
      else if (isAbove) this.#lookAtListed(following, place, ABOVE, vitals, time, clock)
      if (!isCrossing && isBelow) this.#lookAtListed(following, place, BELOW, vitals, time, clock)
    }
  }

  #lookAtListed(
    lists: RuleLists,
    place: number,
    list: number,
    vitals: Float64Array,
    time: number,
    clock: number,
  ): void {
    const end = lists.start(place, list + 1)
    for (let i = lists.start(place, list); i < end; i++) {
      this.#lookAt(this.#index.rules[lists.rules[i] as number] as CompiledRule, vitals, time, clock)
    }
  }

  #lookAt(rule: CompiledRule, vitals: Float64Array, time: number, clock: number): void {
    if (this.#runs.hasLookedAt(rule)) return
    const due = this.#runs.look(rule, this.#before, this.#after, time, clock)
    if (due < (vitals[DUE] as number)) vitals[DUE] = due
  }
}
