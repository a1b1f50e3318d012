import {
  type Comparison,
  type Condition,
  comparisonsOf,
  isLimitReference,
  isSilence,
  type Operand,
  type Relation,
  relationsOf,
} from '../expression/condition.ts'
import { conditionText } from '../expression/condition-text.ts'
import { durationMs } from '../expression/duration.ts'
import { SIGNALS, type Signal } from '../expression/signals.ts'
import type { RuleData } from '../schema/rule-data.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { comparisonsOfRule, type Layout, layoutOf, type SeenLayout, signalNumber } from './layout.ts'
import type { Closure, PatientView } from './patient-view.ts'
import { type Locate, locateSignal } from './read-signal.ts'
import { type ClosureScope, countSatisfied, toClosure } from './to-closure.ts'

/** A condition, with what is needed to explain it. */
export interface CompiledCondition {
  readonly holds: Closure
  readonly text: string
  /** How long it must hold. */
  readonly delayMs: number
  readonly delay: string
  readonly compared: readonly Compared[]
}

/** One relation of a condition: a signal held against one operand. */
export interface Compared {
  readonly signal: Signal
  readonly offset: number
  readonly locate: Locate
  readonly relation: Relation
  readonly operand: Operand
  readonly counted?: { readonly count: number; readonly of: number; satisfied(view: PatientView): [number, number] }
}

/** A rule on vital signs, ready to run. */
export interface CompiledRule {
  /** Its place in the rule set. */
  readonly index: number
  readonly data: RuleData
  readonly raise: CompiledCondition
  readonly clear: CompiledCondition
  /** Offsets in a patient's vitals of the signals that it speaks of. */
  readonly offsets: readonly number[]
}

/** A rule of silence, ready to run. */
export interface CompiledSilence {
  readonly index: number
  readonly data: RuleData
  readonly signal: Signal | 'any'
  readonly text: string
  readonly withinMs: number
  readonly seen: SeenLayout
}

export interface CompiledRuleSet {
  readonly version: string
  readonly layout: Layout
  readonly rules: readonly CompiledRule[]
  readonly silences: readonly CompiledSilence[]
  readonly limitNames: readonly string[]
  /** How long a value of a signal holds, by number of the signal. */
  readonly validForMs: readonly number[]
}

/** Makes a rule set ready to run over states that begin with `headerLength` numbers of the engine's own. */
export function compileRules(ruleSet: RuleSet, headerLength: number): CompiledRuleSet {
  const layout = layoutOf(ruleSet.rules, headerLength)
  const limitNames = Object.keys(ruleSet.limits?.default ?? {})
  const validForMs = Object.entries(SIGNALS).map(([signal, { validForMs }]) => {
    return durationMs(ruleSet.validFor?.[signal as Signal]) ?? validForMs
  })
  const rules: CompiledRule[] = []
  const silences: CompiledSilence[] = []
  for (const [index, data] of ruleSet.rules.entries()) {
    if (isSilence(data.when)) silences.push(compileSilence(index, data, data.when, layout))
    else rules.push(compileRule(index, data, data.when, { layout, limitNames, validForMs }))
  }
  return { version: ruleSet.version, layout, rules, silences, limitNames, validForMs }
}

interface RuleScope {
  readonly layout: Layout
  readonly limitNames: readonly string[]
  readonly validForMs: readonly number[]
}

function compileRule(index: number, data: RuleData, when: Condition, scope: RuleScope): CompiledRule {
  const closures = closureScope(data, scope)
  const compile = (condition: Condition, delay = '0s'): CompiledCondition => ({
    holds: toClosure(condition, closures),
    text: conditionText(condition),
    delayMs: durationMs(delay) as number,
    delay,
    compared: comparisonsOf(condition).flatMap((comparison) => comparedOf(comparison, closures, scope.layout)),
  })
  const clear = data.clear?.when ?? { not: when }
  const signals = new Set(comparisonsOfRule(data).map((comparison) => signalNumber(comparison.signal)))
  return {
    index,
    data,
    raise: compile(when, data.for),
    clear: compile(clear, data.clear?.for),
    offsets: [...signals].map((signal) => scope.layout.offsets[signal] as number),
  }
}

function closureScope(data: RuleData, { layout, limitNames, validForMs }: RuleScope): ClosureScope {
  const { zeros = 'value', missing = 'break' } = data
  return {
    locate(signal) {
      const number = signalNumber(signal)
      const [offset, validFor] = [layout.offsets[number] as number, validForMs[number] as number]
      return locateSignal({ offset, zeros, missing, validForMs: validFor })
    },
    window(signal) {
      const number = signalNumber(signal)
      return layout.windows.find((window) => window.signal === number && window.zeros === zeros)?.offset as number
    },
    limit: (name) => limitNames.indexOf(name),
  }
}

function comparedOf(comparison: Comparison, closures: ClosureScope, layout: Layout): Compared[] {
  const { signal, count, of } = comparison
  const offset = layout.offsets[signalNumber(signal)] as number
  return relationsOf(comparison).relations.map(([relation, operand]) => ({
    signal,
    offset,
    locate: closures.locate(signal),
    relation,
    operand,
    ...(count !== undefined &&
      of !== undefined && { counted: { count, of, satisfied: countSatisfied(comparison, closures) } }),
  }))
}

function compileSilence(
  index: number,
  data: RuleData,
  when: { silent: Signal | 'any'; within: string },
  layout: Layout,
): CompiledSilence {
  const signal = when.silent === 'any' ? -1 : signalNumber(when.silent)
  const zeros = data.zeros ?? 'value'
  return {
    index,
    data,
    signal: when.silent,
    text: conditionText(when),
    withinMs: durationMs(when.within) as number,
    seen: layout.seen.find((slot) => slot.signal === signal && slot.zeros === zeros) as SeenLayout,
  }
}

/** The name of the limit that an operand refers to, if it does. */
export function limitOf(operand: Operand): string | undefined {
  return isLimitReference(operand) ? operand.limit : undefined
}
