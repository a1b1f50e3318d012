import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { Derive } from '../compile/derive.ts'
import {
  COUNTED_FROM,
  type DerivedChannel,
  HELD_NONZERO_TIME,
  type HistoryLayout,
  type SeenLayout,
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
  /** What is copied as it is. */
  readonly #stretches: readonly Stretch[]
  /** Signals that nobody has looked at until now, and what nobody has worked out. */
  readonly #newSeen: readonly SeenLayout[]
  readonly #newDerived: readonly {
    readonly channel: DerivedChannel & { readonly of: Derive }
    readonly signal: number
  }[]
  /** Of each part of the history, its place before. */
  readonly #readingsBefore: readonly number[]
  readonly #sumsBefore: readonly number[]
  readonly #isHistorySame: boolean

  constructor(from: CompiledRuleSet, to: CompiledRuleSet) {
    const [before, after] = [from.layout, to.layout]
    this.#from = from
    this.#to = to
    this.#blank = blankVitals(to)
    this.#isSame =
      JSON.stringify([before, from.attributes, from.validForMs, from.texts.texts]) ===
      JSON.stringify([after, to.attributes, to.validForMs, to.texts.texts])
    this.#readingsBefore = after.histories.map(({ signal }) => {
      return before.histories.findIndex((one) => one.signal === signal)
    })
    this.#sumsBefore = after.slices.map((layout) => before.slices.findIndex((one) => sameSlices(one, layout)))
    this.#isHistorySame =
      isInPlace(this.#readingsBefore, before.histories.length) && isInPlace(this.#sumsBefore, before.slices.length)
    const seen = after.seen.map((slot) => ({
      slot,
      known: before.seen.find(({ signal, zeros }) => signal === slot.signal && zeros === slot.zeros),
    }))
    this.#newSeen = seen.flatMap(({ slot, known }) => (known === undefined ? [slot] : []))
    const derived = to.derive.flatMap((channels, signal) => {
      const known = new Map(this.#knownDerived(signal).map((one) => [one.key, one.offset]))
      return channels.map((channel) => ({ channel, signal, from: known.get(channel.key) }))
    })
    this.#newDerived = derived.filter((one) => one.from === undefined)
    const length = (before.holds && after.holds ? HELD_NONZERO_TIME : VALUE) + 1
    this.#stretches = merged([
      { from: FINGERPRINT + 1, to: FINGERPRINT + 1, length: HEADER_LENGTH - FINGERPRINT - 1 },
      ...seen.flatMap(({ slot, known }) => stretch(known?.offset, slot.offset, COUNTED_FROM + 1)),
      ...after.signals.flatMap((signal) => {
        const offset = before.offsets[signal] as number
        return stretch(offset === -1 ? undefined : offset, after.offsets[signal] as number, length)
      }),
      ...to.attributes.flatMap(({ name, type, offset }) => {
        const known = from.attributes.find((one) => one.name === name && one.type === type)
        return stretch(known?.offset, offset, VALUE + 1)
      }),
      ...derived.flatMap((one) => stretch(one.from, one.channel.offset, length)),
    ])
  }

  /** What `given` holds may become part of the result, and must not be used any more. */
  carry(given: CarriedFrom): CarriedState {
    if (this.#isSame) {
      given.vitals[FINGERPRINT] = this.#blank[FINGERPRINT] as number
      return given
    }
    const vitals = this.#blank.slice()
    for (const { from, to, length } of this.#stretches) copy(given.vitals, from, vitals, to, length)
    this.#beginSeen(given, vitals)
    for (const window of this.#to.layout.windows) this.#carryWindow(window, given.vitals, vitals)
    this.#carryTexts(given, vitals)
    const history = this.#carryHistory(given)
    this.#beginDerived(given, vitals, history)
    return { vitals, history }
  }

  /** A signal that nobody has looked at until now is counted from the change on. */
  #beginSeen({ vitals: old, now }: CarriedFrom, vitals: Float64Array): void {
    if (old[FIRST] === -Infinity) return
    for (const { offset } of this.#newSeen) vitals[offset + COUNTED_FROM] = now
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

  #carryTexts({ vitals: old, texts }: CarriedFrom, vitals: Float64Array): void {
    for (const { name, offset, type } of this.#to.attributes) {
      const known = this.#from.attributes.find((one) => one.name === name && one.type === type)
      const text = texts?.[name]
      if (type !== 'text' || text === undefined) continue
      // The numbers that stand for texts are others, and of an attribute that no rule spoke of its text may be known.
      if (known === undefined) vitals[offset + TIME] = old[CLOCK] as number
      else if (Number.isNaN(old[known.offset + VALUE] as number)) continue
      vitals[offset + VALUE] = this.#to.texts.of(text)
    }
  }

  #carryHistory({ vitals: old, history }: CarriedFrom): PatientHistory | undefined {
    const { histories, slices } = this.#to.layout
    if (histories.length + slices.length === 0) return undefined
    if (history !== undefined && this.#isHistorySame) return history
    const known = history === undefined ? undefined : partsOf(history)
    return historyOf({
      readings: histories.map((layout, i) => {
        return known?.readings[this.#readingsBefore[i] as number] ?? this.#newReadings(layout, old)
      }),
      sums: slices.map((layout, i) => known?.sums[this.#sumsBefore[i] as number] ?? this.#newSlices(layout, old)),
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

  #beginDerived({ vitals: old, limits }: CarriedFrom, vitals: Float64Array, history: PatientHistory | undefined): void {
    for (const { channel, signal } of this.#newDerived) {
      const [time, value] = this.#lastOf(signal, old)
      if (time === -Infinity || history === undefined) continue
      const blank = isBlank(value, channel.zeros)
      const worth = blank ? Number.NaN : channel.of(history, baseOf(history, channel.history), time, { limits })
      vitals[channel.offset + TIME] = time
      vitals[channel.offset + VALUE] = blank || Number.isFinite(worth) ? worth : UNDEFINED
    }
  }

  /** What is worked out with another time that values hold is another. */
  #knownDerived(signal: number): readonly DerivedChannel[] {
    if (this.#from.validForMs[signal] !== this.#to.validForMs[signal]) return []
    return this.#from.layout.derived[signal] ?? []
  }

  #lastOf(signal: number, old: Float64Array): [time: number, value: number] {
    const offset = this.#from.layout.offsets[signal] as number
    return offset === -1 ? [-Infinity, Number.NaN] : [old[offset + TIME] as number, old[offset + VALUE] as number]
  }
}

/** Numbers that lie beside each other in both. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly length: number
}

function stretch(from: number | undefined, to: number, length: number): Stretch[] {
  return from === undefined ? [] : [{ from, to, length }]
}

/** Those that follow each other in both are one. */
function merged(stretches: readonly Stretch[]): Stretch[] {
  const all: Stretch[] = []
  for (const next of stretches.toSorted((a, b) => a.to - b.to)) {
    const last = all.at(-1)
    const isBehind = last !== undefined && last.from + last.length === next.from && last.to + last.length === next.to
    if (isBehind) all[all.length - 1] = { ...last, length: last.length + next.length }
    else all.push(next)
  }
  return all
}

function isInPlace(places: readonly number[], length: number): boolean {
  return places.length === length && places.every((place, i) => place === i)
}

function copy(from: Float64Array, at: number, to: Float64Array, into: number, length: number): void {
  for (let i = 0; i < length; i++) to[into + i] = from[at + i] as number
}

function isBlank(value: number, zeros: ZerosPolicy): boolean {
  return Number.isNaN(value) || (value === 0 && zeros === 'no-signal')
}

function sameSlices(one: SlicesLayout, other: SlicesLayout): boolean {
  return one.signal === other.signal && one.zeros === other.zeros && one.sliceMs === other.sliceMs
}
