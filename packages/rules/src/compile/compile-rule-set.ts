import type { AttributeType } from '../expression/attributes.ts'
import { conditionText } from '../expression/condition-text.ts'
import { durationMs, durationText } from '../expression/duration.ts'
import type { CompareNode, Resolved, ResolvedCondition } from '../expression/resolved.ts'
import { SIGNALS, type Signal } from '../expression/signals.ts'
import type { RuleData } from '../schema/rule-data.ts'
import type { AlarmLife } from '../schema/rule-life.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { haveWardZones } from '../schema/schedule.ts'
import { alarmLives } from './alarm-lives.ts'
import type { Bounded } from './bounded.ts'
import { type Bound, boundedBy, boundsOf, isFixed } from './bounds.ts'
import { type Derive, deriveOf } from './derive.ts'
import { knownParts } from './known-parts.ts'
import { type DerivedChannel, type Layout, layoutOf, numberOf, type SeenLayout } from './layout.ts'
import type { Closure, PatientView } from './patient-view.ts'
import { policiesOf } from './policies.ts'
import {
  comparesOf,
  conditionsIn,
  type ResolvedRule,
  resolveRules,
  type SilenceRule,
  scopeOf,
  valuesOf,
} from './resolve-rules.ts'
import { type RuleScope, ruleScope } from './rule-scope.ts'
import { type TextNumbers, textNumbersOf } from './text-numbers.ts'
import { countSatisfied, negation, toClosure } from './to-closure.ts'
import { type ChannelNode, isChannelNode, type NumberClosure, toNumber } from './to-number.ts'
import { FALSE, TRUE, UNKNOWN } from './truth.ts'
import { type NextTurn, turnsOf, unknownTurnsOf } from './turns.ts'

/** A condition, with what is needed to explain it. */
export interface CompiledCondition {
  readonly holds: Closure
  readonly text: string
  /** How long it must hold. */
  readonly delayMs: number
  readonly delay: string
  readonly compared: readonly Compared[]
}

/** One relation of a condition: a value held against another. */
export interface Compared {
  readonly subject: Resolved
  readonly relation: CompareNode['relations'][number][0]
  readonly operand: Resolved
  readonly value: NumberClosure
  readonly against: NumberClosure
  /** What the value and what it is held against are worked out from. */
  readonly inputs: readonly ComparedInput[]
  /** What is held against a number that does not change with readings; absent where nothing is. */
  readonly bounded: Bounded | undefined
  readonly counted?: { readonly count: number; readonly of: number; satisfied(view: PatientView): [number, number] }
}

/** A channel that a comparison reads. */
export interface ComparedInput {
  readonly node: ChannelNode
  readonly offset: number
  readonly locate: (vitals: Float64Array, at: number) => number
}

/** A rule on what is known of a patient, ready to run. */
export interface CompiledRule {
  /** Its place in the rule set; of what watches a rule, a place after all of them. */
  readonly index: number
  readonly data: RuleData
  readonly raise: CompiledCondition
  readonly clear: CompiledCondition
  /** Offsets in a patient's vitals of the channels that it speaks of. */
  readonly offsets: readonly number[]
  /** Without one of them, of a channel that has any, the rule's condition is not true. */
  readonly bounds: readonly Bound[]
  /** Names of the limits that it compares with. */
  readonly limits: readonly string[]
  /** When either condition may turn by itself; absent where they never do. */
  readonly turns: NextTurn | undefined
  /** It may hold of a patient of whom nothing is known yet. */
  readonly mayHoldAtFirst: boolean
  /** It is not the rule itself, but the alarm that the rule is blind. */
  readonly isBlindness: boolean
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

/** An attribute that some rule speaks of. */
export interface CompiledAttribute {
  readonly name: string
  readonly offset: number
  readonly type: AttributeType
}

export interface CompiledRuleSet {
  readonly version: string
  readonly lives: ReadonlyMap<string, AlarmLife>
  /** Whether an alarm says in which ward the patient is: a schedule goes by it. */
  readonly tellsWard: boolean
  readonly layout: Layout
  readonly rules: readonly CompiledRule[]
  readonly silences: readonly CompiledSilence[]
  /** How many alarms there can be for a patient: one of each rule, and one more of each that may be blind. */
  readonly alarmCount: number
  readonly limitNames: readonly string[]
  /** How long a value of a signal holds, by number of the signal. */
  readonly validForMs: readonly number[]
  /** By number of the signal, as `layout.derived`. */
  readonly derive: readonly (readonly (DerivedChannel & { readonly of: Derive })[])[]
  readonly attributes: readonly CompiledAttribute[]
  readonly texts: TextNumbers
  /** The rules on conditions as they were put together. */
  readonly resolved: readonly ResolvedRule[]
}

/** A rule set, ready to run. */
export interface CompiledVersion {
  readonly ruleSet: RuleSet
  readonly compiled: CompiledRuleSet
}

/**
 * Makes a rule set ready to run over states that begin with `headerLength` numbers of the engine's own.
 *
 * @param previous another version, from which is taken what is the same. What comes out is as without it.
 */
export function compileRuleSet(ruleSet: RuleSet, headerLength: number, previous?: CompiledVersion): CompiledRuleSet {
  const limitNames = Object.keys(ruleSet.limits?.default ?? {})
  const validForMs = Object.entries(SIGNALS).map(([signal, { validForMs }]) => {
    return durationMs(ruleSet.validFor?.[signal as Signal]) ?? validForMs
  })
  const known = knownParts(ruleSet, previous)
  const { rules, silences } = resolveRules(ruleSet, known.resolved)
  const layout = layoutOf(rules, silences, ruleSet, validForMs, headerLength)
  const texts = textNumbersOf(rules, ruleSet)
  const types = scopeOf(ruleSet).attributes
  const parts = { set: ruleSet, layout, limitNames, validForMs, texts }
  const scopes = new Map<string, RuleScope>()
  const scopeFor = ({ data }: ResolvedRule): RuleScope => {
    const policies = policiesOf(data)
    const key = `${policies.zeros} ${policies.missing}`
    const scope = scopes.get(key) ?? ruleScope(policies, parts)
    scopes.set(key, scope)
    return scope
  }
  const ready = known.compiled({ layout, limitNames, validForMs, texts })
  const compiled = rules.map((rule) => ready(rule, rule.index, false) ?? compileRule(rule, scopeFor(rule)))
  const blind = rules.filter(({ data }) => data.missing === 'raise')
  const first = rules.length + silences.length
  const blindness = blind.map((rule, i) => {
    return ready(rule, first + i, true) ?? compileBlindness(first + i, rule, scopeFor(rule))
  })
  return {
    version: ruleSet.version,
    lives: alarmLives(ruleSet),
    tellsWard: haveWardZones(ruleSet.schedules),
    layout,
    rules: [...compiled, ...blindness],
    silences: silences.map((silence) => compileSilence(silence, layout)),
    alarmCount: first + blind.length,
    limitNames,
    validForMs,
    derive: layout.derived.map((channels, signal) => {
      return channels.map((one) => ({ ...one, of: deriveOf(one, validForMs[signal] as number, limitNames) }))
    }),
    attributes: layout.attributes.map(({ name, offset }) => ({ name, offset, type: types[name] as AttributeType })),
    texts,
    resolved: rules,
  }
}

function compileRule({ index, data, when, clear }: ResolvedRule, scope: RuleScope): CompiledRule {
  // The negation of the rule's own condition is shown as such, also where the condition is a definition's.
  const own = data.when as Parameters<typeof conditionText>[0]
  const over = data.clear?.when ?? { not: data.when as never }
  const turns = turnsOf([when, clear], scope)
  const raise = compileCondition(when, conditionText(own), data.for, scope)
  const isNegation = clear.kind === 'not' && clear.part === when
  return {
    index,
    data,
    raise,
    clear: compileCondition(clear, conditionText(over), data.clear?.for, scope, isNegation ? raise : undefined),
    offsets: offsetsOf([when, clear], scope),
    limits: limitsOf([when, clear]),
    // What turns by itself is looked at whatever is read, so that its next turn is known.
    bounds: turns === undefined ? boundsOf(when, scope) : [],
    turns,
    mayHoldAtFirst: conditionsIn(when).some(needsNoReading),
    isBlindness: false,
  }
}

/** The alarm that a rule's condition is unknown, for as long as it is. */
function compileBlindness(index: number, { data, when }: ResolvedRule, scope: RuleScope): CompiledRule {
  const holds = toClosure(when, scope)
  const text = conditionText(data.when as never)
  const compared = comparesOf(when).flatMap((one) => comparedOf(one, scope))
  const blind = { text: `(${text}) is unknown`, delayMs: 0, delay: durationText(0), compared }
  return {
    index,
    data,
    raise: { ...blind, holds: (view, at) => (holds(view, at) === UNKNOWN ? TRUE : FALSE) },
    clear: { ...blind, text: `(${text}) is known`, holds: (view, at) => (holds(view, at) === UNKNOWN ? FALSE : TRUE) },
    offsets: offsetsOf([when], scope),
    limits: limitsOf([when]),
    bounds: [],
    turns: unknownTurnsOf(when, valuesOf(when), scope),
    mayHoldAtFirst: true,
    isBlindness: true,
  }
}

/** @param negated what is ready of the condition that this is the negation of. */
function compileCondition(
  condition: ResolvedCondition,
  text: string,
  delay: string | undefined,
  scope: RuleScope,
  negated?: CompiledCondition,
): CompiledCondition {
  return {
    holds: negated === undefined ? toClosure(condition, scope) : negation(negated.holds),
    text,
    delayMs: durationMs(delay ?? '0s') as number,
    delay: delay ?? '0s',
    compared: negated?.compared ?? comparesOf(condition).flatMap((one) => comparedOf(one, scope)),
  }
}

function needsNoReading(condition: ResolvedCondition): boolean {
  if (condition.kind === 'during' || condition.kind === 'known') return true
  if (condition.kind !== 'compare' || valuesIn(condition.value).length > 0) return false
  return condition.relations.some(([, operand]) => valuesIn(operand).length === 0)
}

function offsetsOf(conditions: readonly ResolvedCondition[], scope: RuleScope): number[] {
  const nodes = conditions.flatMap(valuesOf).filter(isChannelNode)
  const isOfWard = conditions.flatMap(conditionsIn).some((one) => one.kind === 'during' && scope.isOfWard(one.schedule))
  return [...new Set((isOfWard ? [...nodes, WARD] : nodes).map((node) => scope.offset(node)))]
}

function limitsOf(conditions: readonly ResolvedCondition[]): string[] {
  return [...new Set(conditions.flatMap(valuesOf).flatMap((one) => (one.kind === 'limit' ? [one.limit] : [])))]
}

// A patient who moves may come under another zone, and so into another part of the night.
const WARD: ChannelNode = { kind: 'attribute', attribute: 'ward', type: 'text' }

function comparedOf(condition: CompareNode, scope: RuleScope): Compared[] {
  const { value: subject, counted } = condition
  return condition.relations.map(([relation, operand]): Compared => {
    const nodes = [...valuesIn(subject), ...valuesIn(operand)]
    const bounded = isFixed(operand) ? boundedBy(subject, counted, scope) : undefined
    const compared = {
      subject,
      relation,
      operand,
      bounded,
      value: bounded?.kind === 'expression' ? bounded.value : toNumber(subject, scope),
      against: toNumber(operand, scope),
      inputs: nodes.map((node) => ({ node, offset: scope.offset(node), locate: scope.locate(node) })),
    }
    if (counted === undefined || subject.kind !== 'signal') return compared
    const satisfied = countSatisfied(condition, subject.signal, scope)
    return { ...compared, counted: { ...counted, satisfied: (view) => satisfied(view, Number.NaN) } }
  })
}

function valuesIn(value: Resolved): ChannelNode[] {
  return valuesOf({ kind: 'known', value }).filter(isChannelNode)
}

function compileSilence({ index, data, when }: SilenceRule, layout: Layout): CompiledSilence {
  const signal = when.silent === 'any' ? -1 : numberOf(when.silent)
  const { zeros } = policiesOf(data)
  return {
    index,
    data,
    signal: when.silent,
    text: conditionText(when),
    withinMs: durationMs(when.within) as number,
    seen: layout.seen.find((slot) => slot.signal === signal && slot.zeros === zeros) as SeenLayout,
  }
}
