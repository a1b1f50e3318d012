import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import {
  COUNTED_FROM,
  type DerivedChannel,
  HELD_NONZERO_TIME,
  type HistoryLayout,
  type SlicesLayout,
  TIME,
  VALUE,
  type WindowLayout,
} from '../compile/layout.ts'
import { UNDEFINED } from '../compile/read-signal.ts'
import { addToSlices, emptySliceSums } from '../compile/slice-sums.ts'
import type { ZerosPolicy } from '../schema/rule-data.ts'
import { baseOf, historyOf, type PatientHistory, partsOf } from './patient-history.ts'
import { blankVitals, CLOCK, FINGERPRINT, FIRST, HEADER_LENGTH } from './patient-state.ts'

/** A patient's numbers, and what windows look back on. */
export interface CarriedState {
  readonly vitals: Float64Array
  readonly history: PatientHistory | undefined
}

/** What a patient's numbers come from. */
export interface CarriedFrom {
  readonly vitals: Float64Array
  readonly history: PatientHistory | undefined
  readonly texts: Readonly<Record<string, string>> | undefined
  /** The patient's limits under the next version. */
  readonly limits: readonly number[]
  /** The job's clock. */
  readonly now: number
}

/**
 * Takes what is known of a patient from the layout of one version of the rules into that of the next. Each channel is carried by what it
 * is. A window that gets longer begins with what there is, one that is new with its signal's last reading.
 */
export class VitalsCarrier {
  readonly #from: CompiledRuleSet
  readonly #to: CompiledRuleSet
  readonly #blank: Float64Array
  /** Whether both lay everything out alike. */
  readonly #isSame: boolean

  constructor(from: CompiledRuleSet, to: CompiledRuleSet) {
    this.#from = from
    this.#to = to
    this.#blank = blankVitals(to)
    this.#isSame =
      JSON.stringify([from.layout, from.attributes, from.validForMs, from.texts.texts]) ===
      JSON.stringify([to.layout, to.attributes, to.validForMs, to.texts.texts])
  }

  /** What `given` holds may become part of the result, and must not be used any more. */
  carry(given: CarriedFrom): CarriedState {
    if (this.#isSame) {
      given.vitals[FINGERPRINT] = this.#blank[FINGERPRINT] as number
      return given
    }
    const vitals = this.#blank.slice()
    for (let i = 0; i < HEADER_LENGTH; i++) {
      if (i !== FINGERPRINT) vitals[i] = given.vitals[i] as number
    }
    this.#carrySeen(given, vitals)
    this.#carrySignals(given, vitals)
    this.#carryAttributes(given, vitals)
    const history = this.#carryHistory(given)
    this.#carryDerived(given, vitals, history)
    return { vitals, history }
  }

  /** A signal that nobody has looked at until now is counted from the change on. */
  #carrySeen({ vitals: old, now }: CarriedFrom, vitals: Float64Array): void {
    for (const slot of this.#to.layout.seen) {
      const known = this.#from.layout.seen.find(({ signal, zeros }) => signal === slot.signal && zeros === slot.zeros)
      if (known !== undefined) copy(old, known.offset, vitals, slot.offset, COUNTED_FROM + 1)
      else if (old[FIRST] !== -Infinity) vitals[slot.offset + COUNTED_FROM] = now
    }
  }

  #carrySignals({ vitals: old }: CarriedFrom, vitals: Float64Array): void {
    const { layout } = this.#to
    for (const signal of layout.signals) {
      const offset = this.#from.layout.offsets[signal] as number
      if (offset !== -1) this.#copyChannel(old, offset, vitals, layout.offsets[signal] as number)
    }
    for (const window of layout.windows) this.#carryWindow(window, old, vitals)
  }

  /** The newest of the last values. */
  #carryWindow(window: WindowLayout, old: Float64Array, vitals: Float64Array): void {
    const { signal, zeros, offset, capacity } = window
    const known = this.#from.layout.windows.find((one) => one.signal === signal && one.zeros === zeros)
    if (known === undefined) {
      const [, value] = this.#lastOf(signal, old)
      if (isBlank(value, zeros)) return
      vitals[offset] = 1
      vitals[offset + 1] = value
      return
    }
    const length = old[known.offset] as number
    const kept = Math.min(length, capacity)
    vitals[offset] = kept
    copy(old, known.offset + 1 + length - kept, vitals, offset + 1, kept)
  }

  #carryAttributes({ vitals: old, texts }: CarriedFrom, vitals: Float64Array): void {
    for (const { name, offset, type } of this.#to.attributes) {
      const known = this.#from.attributes.find((one) => one.name === name && one.type === type)
      if (known !== undefined) copy(old, known.offset, vitals, offset, VALUE + 1)
      const text = texts?.[name]
      if (type !== 'text' || text === undefined) continue
      // The numbers that stand for texts are others, and of an attribute that no rule spoke of its text may be known.
      if (known === undefined) vitals[offset + TIME] = old[CLOCK] as number
      else if (Number.isNaN(old[known.offset + VALUE] as number)) continue
      vitals[offset + VALUE] = this.#to.texts.of(text)
    }
  }

  #carryHistory({ vitals: old, history }: CarriedFrom): PatientHistory | undefined {
    const [before, after] = [this.#from.layout, this.#to.layout]
    if (after.histories.length + after.slices.length === 0) return undefined
    const known = history === undefined ? undefined : partsOf(history)
    return historyOf({
      readings: after.histories.map((layout) => {
        const at = before.histories.findIndex(({ signal }) => signal === layout.signal)
        return known?.readings[at] ?? this.#newReadings(layout, old)
      }),
      sums: after.slices.map((layout) => {
        const at = before.slices.findIndex((one) => sameSlices(one, layout))
        return known?.sums[at] ?? this.#newSlices(layout, old)
      }),
    })
  }

  #newReadings({ signal }: HistoryLayout, old: Float64Array): Float64Array {
    const [time, value] = this.#lastOf(signal, old)
    return time === -Infinity ? new Float64Array(0) : Float64Array.of(time, value)
  }

  #newSlices({ signal, zeros, sliceMs }: SlicesLayout, old: Float64Array): Float64Array {
    const [time, value] = this.#lastOf(signal, old)
    const sums = emptySliceSums()
    if (time !== -Infinity) addToSlices(sums, 0, time, isBlank(value, zeros) ? Number.NaN : value, sliceMs)
    return sums
  }

  #carryDerived({ vitals: old, limits }: CarriedFrom, vitals: Float64Array, history: PatientHistory | undefined): void {
    for (const [signal, channels] of this.#to.derive.entries()) {
      for (const channel of channels) {
        const known = this.#knownDerived(signal, channel)
        const [time, value] = this.#lastOf(signal, old)
        if (known !== undefined) this.#copyChannel(old, known.offset, vitals, channel.offset)
        else if (time !== -Infinity && history !== undefined) {
          const blank = isBlank(value, channel.zeros)
          const base = baseOf(history, channel.history)
          const worth = blank ? Number.NaN : channel.of(history, base, time, { limits })
          vitals[channel.offset + TIME] = time
          vitals[channel.offset + VALUE] = blank || Number.isFinite(worth) ? worth : UNDEFINED
        }
      }
    }
  }

  /** What is worked out with another time that values hold is another. */
  #knownDerived(signal: number, { key }: DerivedChannel): DerivedChannel | undefined {
    if (this.#from.validForMs[signal] !== this.#to.validForMs[signal]) return undefined
    return this.#from.layout.derived[signal]?.find((one) => one.key === key)
  }

  #lastOf(signal: number, old: Float64Array): [time: number, value: number] {
    const offset = this.#from.layout.offsets[signal] as number
    return offset === -1 ? [-Infinity, Number.NaN] : [old[offset + TIME] as number, old[offset + VALUE] as number]
  }

  #copyChannel(old: Float64Array, from: number, vitals: Float64Array, to: number): void {
    const hasHeld = this.#from.layout.holds && this.#to.layout.holds
    copy(old, from, vitals, to, (hasHeld ? HELD_NONZERO_TIME : VALUE) + 1)
  }
}

function copy(from: Float64Array, at: number, to: Float64Array, into: number, length: number): void {
  to.set(from.subarray(at, at + length), into)
}

function isBlank(value: number, zeros: ZerosPolicy): boolean {
  return Number.isNaN(value) || (value === 0 && zeros === 'no-signal')
}

function sameSlices(one: SlicesLayout, other: SlicesLayout): boolean {
  return one.signal === other.signal && one.zeros === other.zeros && one.sliceMs === other.sliceMs
}
