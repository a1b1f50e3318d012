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

/**
 * By number of the signal: every number that a value is held against, ascending. While a value moves between two of them
 * no comparison changes, so no rule need be looked at.
 */
export function edgesBySignal(set: CompiledRuleSet, limits: readonly number[]): readonly (readonly number[])[] {
  return SIGNAL_NAMES.map((name) => {
    const edges = new Set<number>()
    for (const rule of set.rules) {
      for (const { signal, operand } of comparedIn(rule)) {
        if (signal !== name) continue
        if (rule.data.zeros === 'no-signal') edges.add(0)
        if (isLimitReference(operand)) edges.add(limits[set.limitNames.indexOf(operand.limit)] as number)
        else edges.add(toCanonicalUnit(operand.value, operand.unit) as number)
      }
    }
    return [...edges].sort((a, b) => a - b)
  })
}

/** Whether an edge lies on the way from one value to the other, both ends included. False of NaN is never asked. */
export function crossesEdge(edges: readonly number[], from: number, to: number): boolean {
  const [least, greatest] = from < to ? [from, to] : [to, from]
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((edges[middle] as number) < least) low = middle + 1
    else high = middle
  }
  return low < edges.length && (edges[low] as number) <= greatest
}

function comparedIn(rule: CompiledRule): CompiledRule['raise']['compared'] {
  return [...rule.raise.compared, ...rule.clear.compared]
}
