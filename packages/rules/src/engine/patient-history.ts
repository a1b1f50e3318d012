import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { HistoryLayout, SlicesLayout } from '../compile/layout.ts'
import { addReading, emptyHistory, packHistory, unpackHistory } from '../compile/signal-history.ts'
import { addToSlices, emptySliceSums } from '../compile/slice-sums.ts'

/** What windows look back on, in the order of the layout: the readings of signals, then sums in slices. */
export type PatientHistory = readonly Float64Array[]

/** Adds readings to what is remembered of a patient. */
export class HistoryKeeper {
  readonly #set: CompiledRuleSet
  readonly isNeeded: boolean

  constructor(set: CompiledRuleSet) {
    this.#set = set
    this.isNeeded = set.layout.histories.length + set.layout.slices.length > 0
  }

  empty(): PatientHistory {
    const { histories, slices } = this.#set.layout
    return [...histories.map(emptyHistory), ...slices.map(emptySliceSums)]
  }

  /** Adds a reading that is no older than its signal's last, in place. The same history, or one with a longer array. */
  add(history: PatientHistory, signal: number, time: number, value: number): PatientHistory {
    const { histories, slices } = this.#set.layout
    let next = history
    for (let i = 0; i < histories.length; i++) {
      const layout = histories[i] as HistoryLayout
      if (layout.signal !== signal) continue
      const longer = addReading(history[i] as Float64Array, time, value, layout.keepMs)
      if (longer !== history[i]) next = next.map((one, at) => (at === i ? longer : one))
    }
    for (let i = 0; i < slices.length; i++) {
      const { signal: of, zeros, sliceMs } = slices[i] as SlicesLayout
      if (of !== signal) continue
      const counted = value === 0 && zeros === 'no-signal' ? Number.NaN : value
      addToSlices(history[histories.length + i] as Float64Array, time, counted, sliceMs)
    }
    return next
  }
}

// A count, then for each array its kind (readings or sums), its length in numbers, and its numbers.
const READINGS = 0
const SUMS = 1
const SUMS_LENGTH = emptySliceSums().length

/** Readings are written without the room that is kept for more. */
export const HISTORY = {
  name: 'rules/history',
  version: 1,
  encode(history: PatientHistory): Uint8Array {
    // An array of sums has a length that no array of readings has: theirs is even.
    const packed = history.map((one) => (one.length === SUMS_LENGTH ? one : packHistory(one)))
    const bytes = new Uint8Array(8 * packed.reduce((length, one) => length + 2 + one.length, 1))
    const view = new DataView(bytes.buffer)
    let at = 0
    const write = (number: number): void => view.setFloat64(8 * at++, number, true)
    write(history.length)
    for (const [i, one] of packed.entries()) {
      write(history[i]?.length === SUMS_LENGTH ? SUMS : READINGS)
      write(one.length)
      one.forEach(write)
    }
    return bytes
  },
  decode(bytes: Uint8Array): PatientHistory {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    const next = (): number => view.getFloat64(8 * at++, true)
    return Array.from({ length: next() }, () => {
      const kind = next()
      const numbers = Float64Array.from({ length: next() }, next)
      return kind === SUMS ? numbers : unpackHistory(numbers)
    })
  },
}
