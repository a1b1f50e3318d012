import { type Comparison, comparisonsOf, isSilence } from '../expression/condition.ts'
import { SIGNAL_NAMES, type Signal } from '../expression/signals.ts'
import type { RuleData, ZerosPolicy } from '../schema/rule-data.ts'

/** Where a signal's last annotation lies, from its offset on. */
export const TIME = 0
/** NaN at a blank. */
export const VALUE = 1
/** The value before the last annotation, for rules that hold it over a blank; of any kind, and the last but zeros. */
export const HELD = 2
export const HELD_TIME = 3
export const HELD_NONZERO = 4
export const HELD_NONZERO_TIME = 5

/** The last values of a signal, for rules that count them. */
export interface WindowLayout {
  readonly signal: number
  readonly zeros: ZerosPolicy
  readonly offset: number
  /** One more than any rule counts, since the newest may be replaced by a blank of the same time. */
  readonly capacity: number
}

/** When a valid value last arrived, for rules of silence. */
export interface SeenLayout {
  /** -1 for any signal. */
  readonly signal: number
  readonly zeros: ZerosPolicy
  readonly offset: number
}

/** Where each number of a patient's state lies. It follows from the rule set alone. */
export interface Layout {
  /** Numbers of the names in `SIGNAL_NAMES` that some rule needs, ascending. */
  readonly signals: readonly number[]
  /** By number of the signal; -1 where no rule needs it. */
  readonly offsets: readonly number[]
  /** Whether the values before a blank are kept. */
  readonly holds: boolean
  readonly windows: readonly WindowLayout[]
  readonly seen: readonly SeenLayout[]
  readonly vitalsLength: number
  readonly windowsLength: number
}

/** Lays out the state that these rules need, after `headerLength` numbers that the engine keeps for itself. */
export function layoutOf(rules: readonly RuleData[], headerLength: number): Layout {
  const seen = new Map<string, SeenLayout>()
  const counts = new Map<string, { signal: number; zeros: ZerosPolicy; of: number }>()
  const used = new Set<number>()
  for (const rule of rules) {
    const zeros = rule.zeros ?? 'value'
    if (isSilence(rule.when)) {
      const signal = rule.when.silent === 'any' ? -1 : SIGNAL_NAMES.indexOf(rule.when.silent)
      const id = `${signal} ${zeros}`
      if (!seen.has(id)) seen.set(id, { signal, zeros, offset: headerLength + seen.size })
      for (const one of signal === -1 ? SIGNAL_NAMES.keys() : [signal]) used.add(one)
    }
    for (const comparison of comparisonsOfRule(rule)) {
      const signal = SIGNAL_NAMES.indexOf(comparison.signal)
      used.add(signal)
      if (comparison.of === undefined) continue
      const id = `${signal} ${zeros}`
      counts.set(id, { signal, zeros, of: Math.max(comparison.of, counts.get(id)?.of ?? 0) })
    }
  }
  const signals = [...used].sort((a, b) => a - b)
  const holds = rules.some((rule) => rule.missing === 'hold')
  const size = holds ? HELD_NONZERO_TIME + 1 : VALUE + 1
  const start = headerLength + seen.size
  const offsets = SIGNAL_NAMES.map((_, signal) => (used.has(signal) ? start + signals.indexOf(signal) * size : -1))
  const windows: WindowLayout[] = []
  let offset = 0
  for (const { signal, zeros, of } of counts.values()) {
    windows.push({ signal, zeros, offset, capacity: of + 1 })
    offset += of + 2
  }
  const vitalsLength = start + signals.length * size
  return { signals, offsets, holds, windows, seen: [...seen.values()], vitalsLength, windowsLength: offset }
}

/** The comparisons of a rule's own condition and of its clear condition. */
export function comparisonsOfRule(rule: RuleData): Comparison[] {
  const own = isSilence(rule.when) ? [] : comparisonsOf(rule.when)
  return rule.clear?.when === undefined ? own : [...own, ...comparisonsOf(rule.clear.when)]
}

export function signalNumber(signal: Signal): number {
  return SIGNAL_NAMES.indexOf(signal)
}
