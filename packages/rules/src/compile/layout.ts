import type { PastNode, WindowNode } from '../expression/resolved.ts'
import { SIGNAL_NAMES, type Signal } from '../expression/signals.ts'
import type { RuleSetData, ZerosPolicy } from '../schema/rule-data.ts'
import { haveWardZones } from '../schema/schedule.ts'
import { type Policies, policiesOf } from './policies.ts'
import type { ResolvedRule, SilenceRule } from './resolve-rules.ts'
import type { CountNeed, DerivedNeed } from './rule-needs.ts'

/** Where a channel's last annotation lies, from its offset on. */
export const TIME = 0
/** NaN at a blank. */
export const VALUE = 1
/** The value before the last annotation, for rules that hold it over a blank; of any kind, and the last but zeros. */
export const HELD = 2
export const HELD_TIME = 3
export const HELD_NONZERO = 4
export const HELD_NONZERO_TIME = 5

/** The last values of a signal, for rules that count them: how many, then the values, the newest last. */
export interface WindowLayout {
  readonly signal: number
  readonly zeros: ZerosPolicy
  readonly offset: number
  /** One more than any rule counts, since the newest may be replaced by a blank of the same time. */
  readonly capacity: number
}

/** When a valid value last arrived, for rules of silence, and from when on one is missed that never came. */
export interface SeenLayout {
  /** -1 for any signal. */
  readonly signal: number
  readonly zeros: ZerosPolicy
  readonly offset: number
}

/** Where the moment lies from which one that never came is counted, from the offset of a `SeenLayout` on: -Infinity where it is the patient's first reading. */
export const COUNTED_FROM = 1
const SEEN_LENGTH = 2

/** What is worked out when its signal is annotated, and is a channel then as the signal is: see decision 0049. */
export interface DerivedChannel extends Policies {
  /** See `channelKey`. */
  readonly key: string
  readonly node: WindowNode | PastNode
  /** The number of its signal. */
  readonly signal: number
  readonly offset: number
  /** The place in the patient's history of what it is worked out from. */
  readonly history: number
}

/** What is known of a patient apart from readings. */
export interface AttributeChannel {
  readonly name: string
  readonly offset: number
}

/** What is kept of a signal's readings, back to `keepMs` before the last one. */
export interface HistoryLayout {
  readonly signal: number
  readonly keepMs: number
}

/** Sums of a signal's readings in slices of time, for baselines. */
export interface SlicesLayout {
  readonly signal: number
  readonly zeros: ZerosPolicy
  readonly sliceMs: number
}

/** Where each number of a patient's state lies. It follows from the rule set alone. */
export interface Layout {
  /** Numbers of the names in `SIGNAL_NAMES` that some rule needs, ascending. */
  readonly signals: readonly number[]
  /** By number of the signal; -1 where no rule needs it. */
  readonly offsets: readonly number[]
  /** By number of the signal. */
  readonly derived: readonly (readonly DerivedChannel[])[]
  readonly attributes: readonly AttributeChannel[]
  /** Whether the values before a blank are kept. */
  readonly holds: boolean
  readonly windows: readonly WindowLayout[]
  readonly seen: readonly SeenLayout[]
  /** The patient's history: first the readings, then the slices. */
  readonly histories: readonly HistoryLayout[]
  readonly slices: readonly SlicesLayout[]
  readonly vitalsLength: number
}

/** Lays out the state that these rules need, after `headerLength` numbers that the engine keeps for itself. */
export function layoutOf(
  rules: readonly ResolvedRule[],
  silences: readonly SilenceRule[],
  set: RuleSetData,
  validForMs: readonly number[],
  headerLength: number,
): Layout {
  const seen = seenOf(silences, headerLength)
  const used = usedBy(rules)
  if (haveWardZones(set.schedules)) used.attributes.add('ward')
  for (const { when } of silences) {
    for (const one of when.silent === 'any' ? SIGNAL_NAMES.keys() : [numberOf(when.silent)]) used.signals.add(one)
  }
  const signals = [...used.signals].sort((a, b) => a - b)
  const holds = rules.some(({ data }) => data.missing === 'hold')
  const size = holds ? HELD_NONZERO_TIME + 1 : VALUE + 1
  let next = headerLength + SEEN_LENGTH * seen.length
  const take = (length: number): number => {
    next += length
    return next - length
  }
  const offsets = SIGNAL_NAMES.map((_, signal) => (used.signals.has(signal) ? take(size) : -1))
  const attributes = [...used.attributes].sort().map((name) => ({ name, offset: take(VALUE + 1) }))
  const windows = windowsOf(rules, take)
  // What is worked out comes last: one more, of a rule that is added, moves nothing else.
  const { histories, slices, derived } = derivedOf([...used.derived.values()], validForMs, () => take(size))
  return {
    signals,
    offsets,
    derived,
    attributes,
    holds,
    windows,
    seen,
    histories,
    slices,
    vitalsLength: next,
  }
}

export function numberOf(signal: Signal): number {
  return SIGNAL_NAMES.indexOf(signal)
}

/** Every place of the vitals where a channel begins. */
export function channelOffsets({ offsets, derived, attributes }: Layout): number[] {
  return [
    ...offsets.filter((offset) => offset !== -1),
    ...derived.flat().map(({ offset }) => offset),
    ...attributes.map(({ offset }) => offset),
  ]
}

interface Used {
  readonly signals: Set<number>
  readonly attributes: Set<string>
  readonly derived: Map<string, DerivedNeed>
}

function usedBy(rules: readonly ResolvedRule[]): Used {
  const used: Used = { signals: new Set(), attributes: new Set(), derived: new Map() }
  for (const { needs } of rules) {
    for (const signal of needs.signals) used.signals.add(signal)
    for (const attribute of needs.attributes) used.attributes.add(attribute)
    for (const one of needs.derived) if (!used.derived.has(one.key)) used.derived.set(one.key, one)
  }
  return used
}

function derivedOf(
  wanted: readonly DerivedNeed[],
  validForMs: readonly number[],
  take: () => number,
): Pick<Layout, 'histories' | 'slices' | 'derived'> {
  const keep = new Map<number, number>()
  const slices: SlicesLayout[] = []
  const sliceOf = (signal: number, zeros: ZerosPolicy, sliceMs: number): number => {
    const known = slices.findIndex((one) => one.signal === signal && one.zeros === zeros && one.sliceMs === sliceMs)
    return known === -1 ? slices.push({ signal, zeros, sliceMs }) - 1 : known
  }
  for (const { node, zeros } of wanted) {
    const signal = numberOf(node.signal)
    if (isBaseline(node)) sliceOf(signal, zeros, node.overMs / SLICES)
    else keep.set(signal, Math.max(keep.get(signal) ?? 0, reachOf(node, validForMs[signal] as number)))
  }
  const histories = [...keep].map(([signal, keepMs]) => ({ signal, keepMs }))
  const channels = wanted.map(({ key, node, zeros, missing }): DerivedChannel => {
    const signal = numberOf(node.signal)
    const history = isBaseline(node)
      ? histories.length + sliceOf(signal, zeros, node.overMs / SLICES)
      : histories.findIndex((one) => one.signal === signal)
    return { key, node, zeros, missing, signal, offset: take(), history }
  })
  return { histories, slices, derived: SIGNAL_NAMES.map((_, n) => channels.filter(({ signal }) => signal === n)) }
}

/** Into how many slices of time a baseline's window is cut. */
export const SLICES = 24

function isBaseline(node: WindowNode | PastNode): node is WindowNode {
  return node.kind === 'window' && node.call === 'baseline'
}

/** How far back a channel looks. */
function reachOf(node: WindowNode | PastNode, validForMs: number): number {
  return node.kind === 'past' ? node.agoMs + validForMs : node.overMs
}

function seenOf(silences: readonly SilenceRule[], headerLength: number): SeenLayout[] {
  const seen = new Map<string, SeenLayout>()
  for (const { data, when } of silences) {
    const { zeros } = policiesOf(data)
    const signal = when.silent === 'any' ? -1 : numberOf(when.silent)
    const id = `${signal} ${zeros}`
    if (!seen.has(id)) seen.set(id, { signal, zeros, offset: headerLength + SEEN_LENGTH * seen.size })
  }
  return [...seen.values()]
}

function windowsOf(rules: readonly ResolvedRule[], take: (length: number) => number): WindowLayout[] {
  const counts = new Map<string, CountNeed>()
  for (const { needs } of rules) {
    for (const count of needs.counts) {
      const id = `${count.signal} ${count.zeros}`
      const known = counts.get(id)
      if (known === undefined || known.of < count.of) counts.set(id, count)
    }
  }
  return [...counts.values()].map(({ signal, zeros, of }) => {
    return { signal, zeros, offset: take(of + 2), capacity: of + 1 }
  })
}
