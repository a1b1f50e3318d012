import { alarmId } from '../alarms/alarm-id.ts'
import { FLAGS, RAISED, SINCE } from '../alarms/delayed-alarm.ts'
import type { CompiledRuleSet, CompiledSilence } from '../compile/compile-rule-set.ts'
import { COUNTED_FROM, type SeenLayout } from '../compile/layout.ts'
import type { AlarmCells } from './alarm-cells.ts'
import { explainSilence } from './explain.ts'
import type { PatientHost } from './patient-host.ts'
import { FIRST, SILENCE_TIMER, SILENT } from './patient-state.ts'
import type { PendingEvents } from './pending-events.ts'

/** The name of the processing-time timer. */
export const SILENCE = 'silence'

/**
 * Finds silences by the job's clock. A patient has one timer for all of them, set for the earliest that is possible; what
 * arrives meanwhile is only noted, and the timer looks again when it fires.
 *
 * ```
 *   job's clock   seen ───────────────── T ─────────────────┤ + 1: the timer; the alarm's time is seen + T
 * ```
 */
export class SilenceWatch {
  readonly #silences: readonly CompiledSilence[]
  readonly #slots: readonly SeenLayout[]
  readonly #shortestMs: number
  readonly #cells: AlarmCells
  readonly #events: PendingEvents
  readonly isNeeded: boolean

  constructor({ silences, layout }: CompiledRuleSet, cells: AlarmCells, events: PendingEvents) {
    this.#silences = silences
    this.#slots = layout.seen
    this.#shortestMs = Math.min(...silences.map(({ withinMs }) => withinMs))
    this.#cells = cells
    this.#events = events
    this.isNeeded = silences.length > 0
  }

  /** Notes the patient's first reading, from which a signal that never came is counted. */
  start(vitals: Float64Array, now: number, ctx: PatientHost): void {
    vitals[FIRST] = now
    this.#setTimer(vitals, now + this.#shortestMs + 1, ctx)
  }

  /** Raises what has been silent for longer than it may, up to `now`, and sets the timer for the next. */
  raise(vitals: Float64Array, now: number, ctx: PatientHost): void {
    let next = Infinity
    for (const silence of this.#silences) {
      if (this.#isRaised(silence)) continue
      const seen = vitals[silence.seen.offset] as number
      const from = vitals[silence.seen.offset + COUNTED_FROM] as number
      const time = Math.max(seen, from, vitals[FIRST] as number) + silence.withinMs
      if (now <= time) {
        next = Math.min(next, time + 1)
        continue
      }
      const at = this.#cells.own(silence.index)
      const { numbers } = this.#cells
      numbers[at + FLAGS] = RAISED
      numbers[at + SINCE] = time
      vitals[SILENT] = (vitals[SILENT] as number) + 1
      const id = alarmId(silence.data.id, ctx.key, time)
      this.#events.add(ctx, silence.index, silence.data, {
        id,
        event: 'raised',
        time,
        why: explainSilence(silence, seen),
      })
    }
    vitals[SILENCE_TIMER] = Infinity
    if (next < Infinity) this.#setTimer(vitals, next, ctx)
  }

  /**
   * Notes what a reading carried, and clears the silences that it ends.
   *
   * @param values by number of the signal; only those of `present`, a bit a signal, are of this reading.
   */
  note(vitals: Float64Array, values: Float64Array, present: number, time: number, now: number, ctx: PatientHost): void {
    const mayEnd = (vitals[SILENT] as number) > 0
    for (const slot of this.#slots) {
      if (!carries(values, present, slot)) continue
      if (mayEnd) this.#clear(vitals, slot, time, now, ctx)
      vitals[slot.offset] = now
    }
  }

  #clear(vitals: Float64Array, slot: SeenLayout, time: number, now: number, ctx: PatientHost): void {
    for (const silence of this.#silences) {
      if (silence.seen !== slot || !this.#isRaised(silence)) continue
      const at = this.#cells.own(silence.index)
      const { numbers } = this.#cells
      const id = alarmId(silence.data.id, ctx.key, numbers[at + SINCE] as number)
      numbers[at + FLAGS] = 0
      numbers[at + SINCE] = time
      vitals[SILENT] = (vitals[SILENT] as number) - 1
      const why = explainSilence(silence, vitals[slot.offset] as number)
      this.#events.add(ctx, silence.index, silence.data, { id, event: 'cleared', time, why })
      this.#setTimer(vitals, now + silence.withinMs + 1, ctx)
    }
  }

  #isRaised({ index }: CompiledSilence): boolean {
    const at = this.#cells.find(index)
    return at !== -1 && ((this.#cells.numbers[at + FLAGS] as number) & RAISED) !== 0
  }

  #setTimer(vitals: Float64Array, time: number, ctx: PatientHost): void {
    if (time >= (vitals[SILENCE_TIMER] as number)) return
    vitals[SILENCE_TIMER] = time
    ctx.timers.processingTime.replace(SILENCE, time)
  }
}

function carries(values: Float64Array, present: number, { signal, zeros }: SeenLayout): boolean {
  if (signal !== -1) return (present & (1 << signal)) !== 0 && isValid(values[signal] as number, zeros)
  for (let i = 0; present >> i !== 0; i++) {
    if ((present & (1 << i)) !== 0 && isValid(values[i] as number, zeros)) return true
  }
  return false
}

function isValid(value: number, zeros: SeenLayout['zeros']): boolean {
  return !Number.isNaN(value) && !(value === 0 && zeros === 'no-signal')
}
