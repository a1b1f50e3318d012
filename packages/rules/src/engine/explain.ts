import type { ComparedInput, ComparedValue, Why } from '../alarms/alarm-event.ts'
import type { Compared, CompiledAttribute, CompiledCondition, CompiledSilence } from '../compile/compile-rule-set.ts'
import type { PatientView } from '../compile/patient-view.ts'
import { timeOfLocated } from '../compile/read-signal.ts'
import type { ChannelNode } from '../compile/to-number.ts'
import { expressionOf } from '../expression/expression-of.ts'
import { expressionText } from '../expression/expression-text.ts'
import { canonicalUnitOf } from '../expression/measure.ts'
import type { Quantity } from '../expression/quantity.ts'
import type { AttributeNode, Resolved } from '../expression/resolved.ts'
import { unitTerm } from '../expression/unit-term.ts'
import type { RuleData } from '../schema/rule-data.ts'
import type { SignedLimit } from '../schema/signed-limit.ts'
import type { ResolvedLimits } from '../thresholds/resolve-limits.ts'

/** What an explanation is made from. */
export interface Explained {
  readonly now: PatientView & { readonly explained: ResolvedLimits }
  readonly limitNames: readonly string[]
  readonly attributes: readonly CompiledAttribute[]
  /** The patient's attributes that are texts. */
  readonly texts: Readonly<Record<string, string>> | undefined
}

/** What a patient's condition rests on at `time`. */
export function explainCondition(
  rule: RuleData,
  condition: CompiledCondition,
  moment: { readonly since: number; readonly time: number },
  from: Explained,
): Why {
  return {
    ...aboutRule(rule),
    condition: condition.text,
    since: moment.since,
    for: condition.delay,
    values: condition.compared.map((compared) => comparedValue(compared, moment.time, from)),
  }
}

/** What an alarm rests on that a rule is blind: what of it is unknown. */
export function explainBlindness(
  rule: RuleData,
  condition: CompiledCondition,
  moment: { readonly since: number; readonly time: number },
  from: Explained,
): Why {
  return { ...explainCondition(rule, condition, moment, from), kind: 'technical', error: 'RULES_INPUT_UNKNOWN' }
}

/** What an alarm of silence rests on. */
export function explainSilence(silence: CompiledSilence, lastSeen: number): Why {
  const seen = lastSeen === -Infinity ? null : lastSeen
  return { ...aboutRule(silence.data), condition: silence.text, lastSeen: seen, values: [] }
}

/** What an alarm about a rule that failed rests on. The error itself is left out: it may name values. */
export function explainFault(rule: RuleData, condition: CompiledCondition): Why {
  const about = { ...aboutRule(rule), kind: 'technical' } as const
  return { ...about, condition: condition.text, values: [], error: 'RULES_EVALUATION_FAILED' }
}

/** What the end of an alarm rests on whose rule is no longer in force as it was. */
export function explainChange(rule: RuleData, condition: string, change: NonNullable<Why['change']>): Why {
  return { ...aboutRule(rule), condition, values: [], change }
}

function aboutRule(rule: RuleData): Pick<Why, 'kind' | 'because'> {
  return { kind: rule.kind ?? 'physiological', ...(rule.because !== undefined && { because: rule.because }) }
}

function comparedValue(compared: Compared, time: number, from: Explained): ComparedValue {
  const { subject, relation, inputs, counted } = compared
  const known = inputs.map((input) => inputOf(input, time, from))
  const isSignal = subject.kind === 'signal' && subject.withinMs === undefined
  const own = shownValue(subject, compared.value(from.now, time), from)
  const rests = isSignal ? known.slice(0, 1) : known
  const isPlain = isSignal && (compared.operand.kind === 'constant' || compared.operand.kind === 'limit')
  return {
    ...(isSignal ? { signal: subject.signal } : { expression: textOf(subject) }),
    ...own,
    time: own.value === null ? null : latestOf(rests),
    relation,
    ...limitOf(compared, time, from),
    ...(counted && { satisfied: counted.satisfied(from.now)[0], count: counted.count, of: counted.of }),
    ...(!isPlain && { inputs: known }),
  }
}

function limitOf(
  { operand, against }: Compared,
  time: number,
  from: Explained,
): Pick<ComparedValue, 'limit' | 'limitUnit' | 'limitFrom' | 'limitName' | 'limitBy' | 'limitUntil'> {
  if (operand.kind === 'constant') {
    return { limit: operand.quantity.value, limitUnit: operand.quantity.unit, limitFrom: 'rule' }
  }
  if (operand.kind === 'limit') {
    const { explained } = from.now
    const i = from.limitNames.indexOf(operand.limit)
    const { value, unit } = explained.quantities[i] as Quantity
    return {
      limit: value,
      limitUnit: unit,
      limitFrom: explained.from[i] as (typeof explained.from)[number],
      limitName: operand.limit,
      ...signedBy(explained.signed[i]),
    }
  }
  const { value, unit } = shownValue(operand, against(from.now, time), from)
  if (operand.kind === 'text') return { limit: value, limitFrom: 'rule' }
  const named = { limitFrom: 'expression', limitName: textOf(operand) } as const
  return { limit: value, ...(unit !== undefined && { limitUnit: unit }), ...named }
}

function signedBy(signed: SignedLimit | undefined): Pick<ComparedValue, 'limitBy' | 'limitUntil'> {
  if (signed === undefined) return {}
  return { limitBy: signed.author, ...(signed.until !== undefined && { limitUntil: signed.until }) }
}

/** A number in its canonical unit, an attribute's in its own, or the text that it stands for. */
function shownValue(node: Resolved, value: number, from: Explained): Pick<ComparedValue, 'value' | 'unit'> {
  if (node.kind === 'text') return { value: node.text }
  if (node.type !== 'text') {
    const known = Number.isNaN(value) ? null : value
    const own = node.kind === 'attribute' ? ownUnit(node, from) : undefined
    if (own === undefined) return { value: known, unit: canonicalUnitOf(node.type) }
    // The way to the canonical unit and back costs the last digits.
    return { value: known === null ? null : Number((known / own.factor).toPrecision(12)), unit: own.unit }
  }
  const text = node.kind === 'attribute' && !Number.isNaN(value) ? from.texts?.[node.attribute] : undefined
  return { value: text ?? null }
}

/** The unit in which an attribute is declared; `undefined` of a plain number, and of a temperature on its scale. */
function ownUnit(
  { attribute }: AttributeNode,
  { attributes }: Explained,
): { unit: string; factor: number } | undefined {
  const unit = attributes.find(({ name }) => name === attribute)?.type
  const term = unit === undefined ? undefined : unitTerm(unit)
  return unit === undefined || term === undefined || term.measure.isPoint ? undefined : { unit, factor: term.factor }
}

function inputOf(
  {
    node,
    locate,
    offset,
  }: { readonly node: ChannelNode; readonly locate: Compared['inputs'][number]['locate']; readonly offset: number },
  time: number,
  from: Explained,
): ComparedInput {
  const { vitals } = from.now
  const located = locate(vitals, time)
  const value = located === -1 ? Number.NaN : (vitals[located] as number)
  return {
    of: textOf(node),
    ...shownValue(node, value, from),
    time: located === -1 ? null : timeOfLocated(vitals, located, offset),
  }
}

function latestOf(inputs: readonly ComparedInput[]): number | null {
  const times = inputs.map(({ time }) => time).filter((time) => time !== null)
  return times.length === 0 ? null : Math.max(...times)
}

/** By part of a rule: the same with every alarm. */
const texts = new WeakMap<Resolved, string>()

function textOf(node: Resolved): string {
  const known = texts.get(node)
  if (known !== undefined) return known
  const text = expressionText(expressionOf(node))
  texts.set(node, text)
  return text
}
