import { type Bounded, boundedKey } from '../compile/bounded.ts'
import type { Bound } from '../compile/bounds.ts'
import type { Compared, CompiledCondition, CompiledRule } from '../compile/compile-rule-set.ts'

/** Where one rule stands at an edge. */
export interface RuleEdge {
  readonly of: Bounded
  /** Without one the edge is zero. */
  readonly operand: Bound['operand'] | undefined
  readonly side: 'crossed' | 'above' | 'below'
}

/** What a rule has to do with channels: what the index of a set is made from. */
export interface RuleStanding {
  /** Offsets of channels of which each annotation matters to it. */
  readonly always: readonly number[]
  /** Offsets of channels by none of whose values it is bound, nor by what is counted or worked out from them. */
  readonly unbound: readonly number[]
  /** Each once. */
  readonly edges: readonly RuleEdge[]
  /** What it counts or works out, each once, and whether it is bound by one of those. */
  readonly others: readonly { readonly place: Exclude<Bounded, { kind: 'channel' }>; readonly isBound: boolean }[]
}

// Rules go from one version of a set to the next with the conditions that they have.
const known = new WeakMap<CompiledCondition, RuleStanding>()

/** A rule's standing; worked out once. */
export function standingOf(rule: CompiledRule): RuleStanding {
  const found = known.get(rule.raise)
  if (found !== undefined) return found
  const compared = [...rule.raise.compared, ...rule.clear.compared]
  const bound = new Set(rule.bounds.map(({ of }) => boundedKey(of)))
  const isBound = ({ bounded }: Compared): boolean => bounded !== undefined && bound.has(boundedKey(bounded))
  const covered = new Set(compared.filter(isBound).flatMap(({ inputs }) => inputs.map(({ offset }) => offset)))
  const standing = {
    always: rule.offsets.filter((offset) => !isAllAtEdges(rule, compared, offset)),
    unbound: rule.offsets.filter((offset) => !covered.has(offset)),
    edges: edgesOf(rule, compared),
    others: othersOf(compared, bound),
  }
  known.set(rule.raise, standing)
  return standing
}

function isAllAtEdges(rule: CompiledRule, compared: readonly Compared[], offset: number): boolean {
  if (rule.turns !== undefined) return false
  const speaking = compared.filter(({ inputs }) => inputs.some((input) => input.offset === offset))
  return speaking.length > 0 && speaking.every(({ bounded }) => bounded !== undefined)
}

function edgesOf(rule: CompiledRule, compared: readonly Compared[]): readonly RuleEdge[] {
  const edges = new Map<string, RuleEdge>()
  const add = (edge: RuleEdge): void => void edges.set(keyOf(edge), edge)
  for (const { bounded, operand, inputs } of compared) {
    if (bounded === undefined || (operand.kind !== 'constant' && operand.kind !== 'limit')) continue
    add({ of: bounded, operand, side: 'crossed' })
    // What is worked out from a zero that is no signal is unknown, and seen to be.
    if (rule.data.zeros !== 'no-signal' || bounded.kind === 'expression') continue
    const offset = inputs[0]?.offset as number
    add({ of: { kind: 'channel', offset }, operand: undefined, side: 'crossed' })
  }
  for (const { of, side, operand } of rule.bounds) add({ of, side, operand })
  return [...edges.values()]
}

function keyOf({ of, operand, side }: RuleEdge): string {
  const at = operand === undefined ? 0 : operand.kind === 'limit' ? operand.limit : operand.value
  return `${of.kind} ${boundedKey(of)} ${side} ${at}`
}

function othersOf(compared: readonly Compared[], bound: ReadonlySet<string>): RuleStanding['others'] {
  const places = new Map<string, RuleStanding['others'][number]>()
  for (const { bounded } of compared) {
    if (bounded === undefined || bounded.kind === 'channel') continue
    const key = boundedKey(bounded)
    places.set(key, { place: bounded, isBound: bound.has(key) })
  }
  return [...places.values()]
}
