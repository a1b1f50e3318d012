import type { CountedPlace } from '../compile/bounds.ts'
import type { CompiledRule, CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { WindowLayout } from '../compile/layout.ts'
import { SIGNAL_NAMES } from '../expression/signals.ts'
import { countKey, type RuleEdge, standingOf } from './rule-standing.ts'

/** What has annotations: the signals, by their number, then what is worked out from them, then attributes. */
export interface IndexedChannel {
  /** Its place in the list of channels. */
  readonly slot: number
  /** Where it begins in a patient's vitals; -1 for a signal that no rule needs. */
  readonly offset: number
  readonly validForMs: number
  /** The rules to which each annotation matters, and not only that a value crosses what it is held against. */
  readonly always: readonly CompiledRule[]
  /** The rules that may become true whatever the value is: none of their bounds is one of this channel. */
  readonly unbound: readonly CompiledRule[]
  /** The same of a blank. */
  readonly unboundAtBlank: readonly CompiledRule[]
}

/** The last values of a signal, so many of them, that rules count: its slot comes after those of the channels. */
export interface IndexedCount {
  readonly slot: number
  /** Where its signal lies in a patient's vitals. */
  readonly offset: number
  readonly window: WindowLayout
  readonly of: number
  /** The rules that count them and may become true whatever they are. */
  readonly unbound: readonly CompiledRule[]
}

/** Which rules a reading can matter to. */
export interface RuleIndex {
  readonly channels: readonly IndexedChannel[]
  /** By number of the signal: what is worked out from it, in the order of the layout. */
  readonly derived: readonly (readonly IndexedChannel[])[]
  /** In the order of the layout. */
  readonly attributes: readonly IndexedChannel[]
  /** By number of the signal: the windows of its last values, and what is counted of them. */
  readonly windows: readonly (readonly WindowLayout[])[]
  readonly counts: readonly (readonly IndexedCount[])[]
  /** How many channels and counts there are. */
  readonly slots: number
  /** The rules that refer to a limit by name. */
  readonly limited: readonly CompiledRule[]
  /** The rules that are looked at when a patient is first heard of, whatever is heard. */
  readonly atFirst: readonly CompiledRule[]
  /** By index. */
  readonly rules: readonly (CompiledRule | undefined)[]
  /** The edges at which rules stand that limits do not move, by slot. */
  readonly fixed: readonly Edges[]
  /** Those that follow a limit, by slot, and by slot where its own begin among them; one more, where the last ones end. */
  readonly following: readonly FollowingEdge[]
  readonly followingFrom: readonly number[]
}

export function ruleIndex(set: CompiledRuleSet): RuleIndex {
  const { rules, layout, validForMs } = set
  const always = new Map<number, CompiledRule[]>()
  const unbound = new Map<number, CompiledRule[]>()
  const unboundAtBlank = new Map<number, CompiledRule[]>()
  for (const rule of rules) {
    const standing = standingOf(rule)
    for (const offset of standing.always) listOf(always, offset).push(rule)
    for (const offset of standing.unbound) listOf(unbound, offset).push(rule)
    // An earlier value may be in force again where a blank takes the place of one of the same time.
    const atBlank = rule.data.missing === 'hold' ? rule.offsets : standing.unbound
    for (const offset of atBlank) listOf(unboundAtBlank, offset).push(rule)
  }
  const channel = (slot: number, offset: number, valid: number): IndexedChannel => ({
    slot,
    offset,
    validForMs: valid,
    always: always.get(offset) ?? [],
    unbound: unbound.get(offset) ?? [],
    unboundAtBlank: unboundAtBlank.get(offset) ?? [],
  })
  let slot = SIGNAL_NAMES.length
  const signals = SIGNAL_NAMES.map((_, n) => channel(n, layout.offsets[n] as number, validForMs[n] as number))
  const derived = layout.derived.map((channels, signal) => {
    return channels.map(({ offset }) => channel(slot++, offset, validForMs[signal] as number))
  })
  const attributes = layout.attributes.map(({ offset }) => channel(slot++, offset, Infinity))
  const channels = [...signals, ...derived.flat(), ...attributes]
  const counts = countsOf(set, channels.length)
  const slots = channels.length + counts.length
  const byIndex = new Array<CompiledRule | undefined>(set.alarmCount).fill(undefined)
  for (const rule of rules) byIndex[rule.index] = rule
  return {
    channels,
    derived,
    attributes,
    windows: SIGNAL_NAMES.map((_, signal) => layout.windows.filter((window) => window.signal === signal)),
    counts: SIGNAL_NAMES.map((_, signal) => counts.filter(({ window }) => window.signal === signal)),
    slots,
    limited: rules.filter(({ limits }) => limits.length > 0),
    atFirst: rules.filter(({ mayHoldAtFirst }) => mayHoldAtFirst),
    rules: byIndex,
    ...edgesOf(set, channels, counts, slots),
  }
}

/** The rules that stand at one edge of a channel. */
export interface EdgeRules {
  /** They come out differently when a value crosses it. */
  readonly crossed: readonly CompiledRule[]
  /** They may be true only at values above it, or at it, and only below it, or at it. */
  readonly above: readonly CompiledRule[]
  readonly below: readonly CompiledRule[]
}

/** The numbers that values of one channel are held against, ascending, and the rules at each. */
export interface Edges {
  readonly at: readonly number[]
  readonly rules: readonly EdgeRules[]
}

/** An edge that is where a limit is: the same rules for every patient. */
export interface FollowingEdge {
  readonly slot: number
  /** The place of the limit among the set's limits. */
  readonly limit: number
  readonly rules: EdgeRules
}

/** The edges that follow limits, where limits put them: slot by slot, ascending, each with its place among them. */
export function followingInOrder(
  { following }: RuleIndex,
  limits: readonly number[],
): readonly { readonly which: number; readonly at: number }[] {
  return following
    .map(({ slot, limit }, which) => ({ slot, which, at: limits[limit] as number }))
    .sort((a, b) => a.slot - b.slot || a.at - b.at)
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

interface Gathered {
  readonly crossed: CompiledRule[]
  readonly above: CompiledRule[]
  readonly below: CompiledRule[]
}

/** Every rule at its edges. While a value moves between two of them no comparison changes, and when it crosses one only those at it can. */
function edgesOf(
  { rules, limitNames }: CompiledRuleSet,
  channels: readonly IndexedChannel[],
  counts: readonly IndexedCount[],
  slots: number,
): Pick<RuleIndex, 'fixed' | 'following' | 'followingFrom'> {
  const slotOf = slotsOf(channels, counts)
  const fixed = Array.from({ length: slots }, () => new Map<number, Gathered>())
  const following = Array.from({ length: slots }, () => new Map<number, Gathered>())
  const places = new Map(limitNames.map((name, place) => [name, place]))
  const at = (slot: number, operand: RuleEdge['operand']): Gathered =>
    operand?.kind === 'limit'
      ? gathered(following[slot] as Map<number, Gathered>, places.get(operand.limit) as number)
      : gathered(fixed[slot] as Map<number, Gathered>, operand?.value ?? 0)
  for (const rule of rules) {
    for (const { offset, counted, side, operand } of standingOf(rule).edges) {
      at(slotOf(offset, counted), operand)[side].push(rule)
    }
  }
  const followingFrom = [0]
  for (const edges of following) followingFrom.push((followingFrom.at(-1) as number) + edges.size)
  return {
    followingFrom,
    fixed: fixed.map((edges) => {
      const sorted = [...edges].sort(([a], [b]) => a - b)
      return { at: sorted.map(([where]) => where), rules: sorted.map(([, found]) => found) }
    }),
    following: following.flatMap((edges, slot) => {
      return [...edges].map(([limit, found]) => ({ slot, limit, rules: found }))
    }),
  }
}

function slotsOf(
  channels: readonly IndexedChannel[],
  counts: readonly IndexedCount[],
): (offset: number, counted: CountedPlace | undefined) => number {
  const byOffset = new Map(channels.map(({ offset, slot }) => [offset, slot]))
  const byCount = new Map(counts.map(({ window, of, slot }) => [countKey({ window: window.offset, of }), slot]))
  return (offset, counted) => (counted === undefined ? byOffset.get(offset) : byCount.get(countKey(counted))) as number
}

function gathered(edges: Map<number, Gathered>, at: number): Gathered {
  const known = edges.get(at)
  if (known !== undefined) return known
  const added: Gathered = { crossed: [], above: [], below: [] }
  edges.set(at, added)
  return added
}

function countsOf({ rules, layout }: CompiledRuleSet, first: number): IndexedCount[] {
  const counts = new Map<string, { readonly place: CountedPlace; readonly unbound: CompiledRule[] }>()
  for (const rule of rules) {
    for (const { place, isBound } of standingOf(rule).counts) {
      const count = counts.get(countKey(place)) ?? { place, unbound: [] }
      counts.set(countKey(place), count)
      if (!isBound) count.unbound.push(rule)
    }
  }
  return [...counts.values()].map(({ place, unbound }, n) => {
    const window = layout.windows.find(({ offset }) => offset === place.window) as WindowLayout
    return { slot: first + n, offset: layout.offsets[window.signal] as number, window, of: place.of, unbound }
  })
}

function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}
