import { type Bound, type CountedPlace, isFixed } from '../compile/bounds.ts'
import type { Compared, CompiledCondition, CompiledRule } from '../compile/compile-rule-set.ts'

/** Where one rule stands at an edge of a channel, or of a count of its last values. */
export interface RuleEdge {
  readonly offset: number
  readonly counted: CountedPlace | undefined
  readonly operand: Bound['operand'] | undefined
  readonly side: 'crossed' | 'above' | 'below'
}

/** What a rule has to do with channels: what the index of a set is made from. */
export interface RuleStanding {
  /** Offsets of channels of which each annotation matters to it. */
  readonly always: readonly number[]
  /** Offsets of channels none of whose values it is bound by. */
  readonly unbound: readonly number[]
  /** Each once. Without an operand the edge is zero. */
  readonly edges: readonly RuleEdge[]
  /** What it counts, each once, and whether it is bound by one of those. */
  readonly counts: readonly { readonly place: CountedPlace; readonly isBound: boolean }[]
}

// Rules go from one version of a set to the next with the conditions that they have.
const known = new WeakMap<CompiledCondition, RuleStanding>()

/** A rule's standing; worked out once. */
export function standingOf(rule: CompiledRule): RuleStanding {
  const found = known.get(rule.raise)
  if (found !== undefined) return found
  const compared = [...rule.raise.compared, ...rule.clear.compared]
  const standing = {
    always: rule.offsets.filter((offset) => !isAllAtEdges(rule, compared, offset)),
    unbound: rule.offsets.filter((offset) => !rule.bounds.some((bound) => bound.offset === offset)),
    edges: edgesOf(rule, compared),
    counts: countsOf(rule, compared),
  }
  known.set(rule.raise, standing)
  return standing
}

function isAllAtEdges(rule: CompiledRule, compared: readonly Compared[], offset: number): boolean {
  if (rule.turns !== undefined) return false
  const speaking = compared.filter(({ inputs }) => inputs.some((input) => input.offset === offset))
  return speaking.length > 0 && speaking.every(isAtEdge)
}

function edgesOf(rule: CompiledRule, compared: readonly Compared[]): readonly RuleEdge[] {
  const edges = new Map<string, RuleEdge>()
  const add = (edge: RuleEdge): void => void edges.set(keyOf(edge), edge)
  for (const { inputs, operand, subject, counted } of compared) {
    if (!isAtEdge({ subject, operand }) || !isFixed(operand)) continue
    const offset = inputs[0]?.offset as number
    add({ offset, counted, operand, side: 'crossed' })
    if (rule.data.zeros === 'no-signal') add({ offset, counted: undefined, operand: undefined, side: 'crossed' })
  }
  for (const { offset, counted, side, operand } of rule.bounds) add({ offset, counted, operand, side })
  return [...edges.values()]
}

function keyOf({ offset, counted, operand, side }: RuleEdge): string {
  const at = operand === undefined ? 0 : operand.kind === 'limit' ? operand.limit : operand.value
  return `${offset} ${counted?.window} ${counted?.of} ${side} ${at}`
}

function countsOf({ bounds }: CompiledRule, compared: readonly Compared[]): RuleStanding['counts'] {
  const places = new Map<string, CountedPlace>()
  for (const { counted } of compared) if (counted !== undefined) places.set(countKey(counted), counted)
  return [...places].map(([key, place]) => {
    return { place, isBound: bounds.some(({ counted }) => counted !== undefined && countKey(counted) === key) }
  })
}

/** Equal for the same last values. */
export function countKey({ window, of }: CountedPlace): string {
  return `${window} ${of}`
}

/** One channel by itself, or its last values, held against what does not change with readings. */
function isAtEdge({ subject, operand }: Pick<Compared, 'subject' | 'operand'>): boolean {
  if (!isFixed(operand)) return false
  return (
    (subject.kind === 'signal' && subject.withinMs === undefined) ||
    subject.kind === 'window' ||
    subject.kind === 'past'
  )
}
