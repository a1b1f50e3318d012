import { type CompiledRule, type CompiledRuleSet, limitOf } from '../compile/compile-rules.ts'
import type { WindowLayout } from '../compile/layout.ts'
import { isLimitReference } from '../expression/condition.ts'
import { SIGNAL_NAMES } from '../expression/signals.ts'
import { toCanonicalUnit } from '../expression/units.ts'

/** Which rules a reading can matter to. */
export interface RuleIndex {
  /** By number of the signal: the rules that speak of it. */
  readonly bySignal: readonly (readonly CompiledRule[])[]
  /** By number of the signal: the rules that count its readings, to which each one matters. */
  readonly counting: readonly (readonly CompiledRule[])[]
  /** By number of the signal: the windows of its last values. */
  readonly windows: readonly (readonly WindowLayout[])[]
  /** Whether any rule counts readings. */
  readonly countsAny: boolean
  /** The rules that refer to a limit by name. */
  readonly limited: readonly CompiledRule[]
}

export function ruleIndex({ rules, layout }: CompiledRuleSet): RuleIndex {
  const bySignal = SIGNAL_NAMES.map((name) => rules.filter((rule) => comparedIn(rule).some((c) => c.signal === name)))
  return {
    bySignal,
    counting: SIGNAL_NAMES.map((name) => {
      return rules.filter((rule) => comparedIn(rule).some((c) => c.signal === name && c.counted !== undefined))
    }),
    countsAny: layout.windows.length > 0,
    windows: SIGNAL_NAMES.map((_, signal) => layout.windows.filter((window) => window.signal === signal)),
    limited: rules.filter((rule) => comparedIn(rule).some((c) => limitOf(c.operand) !== undefined)),
  }
}

/** The numbers that values of one signal are held against, ascending, and at each the rules that do so. */
export interface Edges {
  readonly at: readonly number[]
  readonly rules: readonly (readonly CompiledRule[])[]
}

/**
 * By number of the signal: its edges. While a value moves between two of them no comparison changes, and when it crosses
 * one only the rules that stand at it can.
 */
export function edgesBySignal(set: CompiledRuleSet, limits: readonly number[]): readonly Edges[] {
  return SIGNAL_NAMES.map((name) => {
    const edges = new Map<number, Set<CompiledRule>>()
    const stand = (at: number, rule: CompiledRule): void => {
      edges.set(at, (edges.get(at) ?? new Set()).add(rule))
    }
    for (const rule of set.rules) {
      for (const { signal, operand } of comparedIn(rule)) {
        if (signal !== name) continue
        if (rule.data.zeros === 'no-signal') stand(0, rule)
        if (isLimitReference(operand)) stand(limits[set.limitNames.indexOf(operand.limit)] as number, rule)
        else stand(toCanonicalUnit(operand.value, operand.unit) as number, rule)
      }
    }
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

function comparedIn(rule: CompiledRule): CompiledRule['raise']['compared'] {
  return [...rule.raise.compared, ...rule.clear.compared]
}
