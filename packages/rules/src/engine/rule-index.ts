import type { Compared, CompiledRule, CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { WindowLayout } from '../compile/layout.ts'
import { insideOf } from '../compile/resolve-rules.ts'
import { SIGNAL_NAMES } from '../expression/signals.ts'

/** What has annotations: the signals, by their number, then what is worked out from them, then attributes. */
export interface IndexedChannel {
  /** Its place in the list of channels. */
  readonly slot: number
  /** Where it begins in a patient's vitals; -1 for a signal that no rule needs. */
  readonly offset: number
  readonly validForMs: number
  /** The rules that speak of it. */
  readonly rules: readonly CompiledRule[]
  /** Those of them to which each annotation matters, and not only that a value crosses what it is held against. */
  readonly always: readonly CompiledRule[]
}

/** Which rules a reading can matter to. */
export interface RuleIndex {
  readonly channels: readonly IndexedChannel[]
  /** By number of the signal: what is worked out from it, in the order of the layout. */
  readonly derived: readonly (readonly IndexedChannel[])[]
  /** In the order of the layout. */
  readonly attributes: readonly IndexedChannel[]
  /** By number of the signal: the windows of its last values. */
  readonly windows: readonly (readonly WindowLayout[])[]
  /** Whether any rule counts readings. */
  readonly countsAny: boolean
  /** The rules that refer to a limit by name. */
  readonly limited: readonly CompiledRule[]
  /** The rules that are looked at when a patient is first heard of, whatever is heard. */
  readonly atFirst: readonly CompiledRule[]
}

export function ruleIndex(set: CompiledRuleSet): RuleIndex {
  const { rules, layout, validForMs } = set
  const channel = (slot: number, offset: number, valid: number): IndexedChannel => {
    const own = offset === -1 ? [] : rules.filter(({ offsets }) => offsets.includes(offset))
    return { slot, offset, validForMs: valid, rules: own, always: own.filter((rule) => !isAllAtEdges(rule, offset)) }
  }
  let slot = SIGNAL_NAMES.length
  const signals = SIGNAL_NAMES.map((_, n) => channel(n, layout.offsets[n] as number, validForMs[n] as number))
  const derived = layout.derived.map((channels, signal) => {
    return channels.map(({ offset }) => channel(slot++, offset, validForMs[signal] as number))
  })
  const attributes = layout.attributes.map(({ offset }) => channel(slot++, offset, Infinity))
  return {
    channels: [...signals, ...derived.flat(), ...attributes],
    derived,
    attributes,
    countsAny: layout.windows.length > 0,
    windows: SIGNAL_NAMES.map((_, signal) => layout.windows.filter((window) => window.signal === signal)),
    limited: rules.filter((rule) => comparedIn(rule).some(usesLimit)),
    atFirst: rules.filter(({ mayHoldAtFirst }) => mayHoldAtFirst),
  }
}

/** The numbers that values of one channel are held against, ascending, and at each the rules that do so. */
export interface Edges {
  readonly at: readonly number[]
  readonly rules: readonly (readonly CompiledRule[])[]
}

/** A rule that stands at an edge of a channel, and where that is under a patient's limits. */
export interface Standing {
  readonly slot: number
  readonly rule: CompiledRule
  at(limits: readonly number[]): number
}

/** Every rule at its edges: those that are the same for all patients, and those that follow from limits. */
export function standings(set: CompiledRuleSet): { readonly fixed: readonly Standing[]; readonly limited: Standing[] } {
  const slots = new Map(ruleIndex(set).channels.map(({ offset, slot }) => [offset, slot]))
  const fixed: Standing[] = []
  const limited: Standing[] = []
  for (const rule of set.rules) {
    for (const compared of comparedIn(rule)) {
      if (!isAtEdge(compared)) continue
      const slot = slots.get(compared.inputs[0]?.offset as number)
      if (slot === undefined) continue
      if (rule.data.zeros === 'no-signal') fixed.push({ slot, rule, at: () => 0 })
      const at = (limits: readonly number[]) => compared.against({ vitals: NO_VITALS, limits }, Number.NaN)
      const kind = compared.operand.kind === 'limit' ? limited : fixed
      kind.push({ slot, rule, at })
    }
  }
  return { fixed, limited }
}

const NO_VITALS = new Float64Array(0)
const NO_EDGES: Edges = { at: [], rules: [] }

/**
 * By slot of the channel: its edges. While a value moves between two of them no comparison changes, and when it crosses one
 * only the rules that stand at it can.
 */
export function edgesOf(standing: readonly Standing[], slots: number, limits: readonly number[]): readonly Edges[] {
  const bySlot = new Map<number, Map<number, Set<CompiledRule>>>()
  for (const { slot, rule, at } of standing) {
    const edges = bySlot.get(slot) ?? new Map<number, Set<CompiledRule>>()
    bySlot.set(slot, edges)
    const where = at(limits)
    edges.set(where, (edges.get(where) ?? new Set()).add(rule))
  }
  return Array.from({ length: slots }, (_, slot) => {
    const edges = bySlot.get(slot)
    if (edges === undefined) return NO_EDGES
    const at = [...edges.keys()].sort((a, b) => a - b)
    return { at, rules: at.map((edge) => [...(edges.get(edge) as Set<CompiledRule>)]) }
  })
}

/** The first edge that is not below a value, by its place; the number of edges where there is none. */
export function firstEdge({ at }: Edges, value: number): number {
  let low = 0
  let high = at.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((at[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** One channel by itself, held against what does not change with readings. */
function isAtEdge({ subject, operand, counted }: Compared): boolean {
  if (counted !== undefined || (operand.kind !== 'constant' && operand.kind !== 'limit')) return false
  return (
    (subject.kind === 'signal' && subject.withinMs === undefined) ||
    subject.kind === 'window' ||
    subject.kind === 'past'
  )
}

function isAllAtEdges(rule: CompiledRule, offset: number): boolean {
  if (rule.turns !== undefined) return false
  const speaking = comparedIn(rule).filter(({ inputs }) => inputs.some((input) => input.offset === offset))
  return speaking.length > 0 && speaking.every(isAtEdge)
}

function usesLimit({ subject, operand }: Compared): boolean {
  return [subject, operand].flatMap(insideOf).some(({ kind }) => kind === 'limit')
}

function comparedIn(rule: CompiledRule): CompiledRule['raise']['compared'] {
  return [...rule.raise.compared, ...rule.clear.compared]
}
