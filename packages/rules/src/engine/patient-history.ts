import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { HistoryLayout, SlicesLayout } from '../compile/layout.ts'
import { addReading, beginReadings, lengthFor, nextBase, readingsAt } from '../compile/signal-history.ts'
import { addToSlices, emptySliceSums, SLICE_SUMS_LENGTH } from '../compile/slice-sums.ts'
import { bytesOf, numbersOf } from './number-bytes.ts'

/**
 * What windows look back on: how many signals' readings there are, how many slices, the slices' sums, then the readings of one signal after
 * the other, each in the order of the layout. It is one array, since each array of its own is another place of memory to go to with every reading.
 */
export type PatientHistory = Float64Array

const HISTORIES = 0
const SLICES = 1
const FIRST = 2

/** What a history is made of, each without room for more: the readings of signals, a time and a value each, and sums in slices. */
export interface HistoryParts {
  readonly readings: readonly Float64Array[]
  readonly sums: readonly Float64Array[]
}

export function historyOf({ readings, sums }: HistoryParts): PatientHistory {
  let base = FIRST + sums.length * SLICE_SUMS_LENGTH
  const history = new Float64Array(readings.reduce((length, one) => length + lengthFor(one), base))
  history[HISTORIES] = readings.length
  history[SLICES] = sums.length
  for (const [i, one] of sums.entries()) history.set(one, FIRST + i * SLICE_SUMS_LENGTH)
  for (const one of readings) base = beginReadings(history, base, one)
  return history
}

export function partsOf(history: PatientHistory): HistoryParts {
  const readings = Array.from({ length: history[HISTORIES] as number }, (_, i) => {
    return readingsAt(history, baseOf(history, i))
  })
  const sums = Array.from({ length: history[SLICES] as number }, (_, i) => {
    const base = FIRST + i * SLICE_SUMS_LENGTH
    return history.slice(base, base + SLICE_SUMS_LENGTH)
  })
  return { readings, sums }
}

/** Where a part begins, by its place in the layout: the readings of signals first, then the sums. */
export function baseOf(history: PatientHistory, part: number): number {
  const histories = history[HISTORIES] as number
  if (part >= histories) return FIRST + (part - histories) * SLICE_SUMS_LENGTH
  let base = FIRST + (history[SLICES] as number) * SLICE_SUMS_LENGTH
  for (let i = 0; i < part; i++) base = nextBase(history, base)
  return base
}

/** Adds readings to what is remembered of a patient. */
export class HistoryKeeper {
  readonly #set: CompiledRuleSet
  readonly isNeeded: boolean
  readonly #empty: PatientHistory

  constructor(set: CompiledRuleSet) {
    const { histories, slices } = set.layout
    this.#set = set
    this.isNeeded = histories.length + slices.length > 0
    this.#empty = historyOf({
      readings: histories.map(() => new Float64Array(0)),
      sums: slices.map(() => emptySliceSums()),
    })
  }

  empty(): PatientHistory {
    return this.#empty.slice()
  }

  /** Adds a reading that is no older than its signal's last, in place. The same history, or a longer one. */
  add(history: PatientHistory, signal: number, time: number, value: number): PatientHistory {
    const { histories, slices } = this.#set.layout
    let next = history
    for (let i = 0; i < histories.length; i++) {
      const { signal: of, keepMs } = histories[i] as HistoryLayout
      if (of === signal) next = addReading(next, baseOf(next, i), time, value, keepMs)
    }
    for (let i = 0; i < slices.length; i++) {
      const { signal: of, zeros, sliceMs } = slices[i] as SlicesLayout
      if (of !== signal) continue
      const counted = value === 0 && zeros === 'no-signal' ? Number.NaN : value
      addToSlices(next, baseOf(next, histories.length + i), time, counted, sliceMs)
    }
    return next
  }
}

// A count, then for each part its kind (readings or sums), its length in numbers, and its numbers.
const READINGS = 0
const SUMS = 1

/** Readings are written without the room that is kept for more. */
export const HISTORY = {
  name: 'rules/history',
  version: 1,
  encode(history: PatientHistory): Uint8Array {
    const { readings, sums } = partsOf(history)
    const parts = [...readings, ...sums]
    const numbers = new Float64Array(parts.reduce((length, one) => length + 2 + one.length, 1))
    numbers[0] = parts.length
    let at = 1
    for (const [i, one] of parts.entries()) {
      numbers[at] = i < readings.length ? READINGS : SUMS
      numbers[at + 1] = one.length
      numbers.set(one, at + 2)
      at += 2 + one.length
    }
    return bytesOf(numbers)
  },
  decode(bytes: Uint8Array): PatientHistory {
    const numbers = numbersOf(bytes)
    let at = 1
    const parts = Array.from({ length: numbers[0] as number }, () => {
      const begin = at + 2
      const part = { kind: numbers[at], numbers: numbers.slice(begin, begin + (numbers[at + 1] as number)) }
      at = begin + part.numbers.length
      return part
    })
    const of = (wanted: number): Float64Array[] =>
      parts.flatMap(({ kind, numbers }) => (kind === wanted ? [numbers] : []))
    return historyOf({ readings: of(READINGS), sums: of(SUMS) })
  },
}
