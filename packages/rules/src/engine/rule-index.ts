import { type Bounded, boundedKey } from '../compile/bounded.ts'
import type { CompiledRule, CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { WindowLayout } from '../compile/layout.ts'
import type { NumberClosure } from '../compile/to-number.ts'
import { SIGNAL_NAMES } from '../expression/signals.ts'
import { InOrder } from '../schema/in-order.ts'
import { type Listed, type ListsBefore, type RuleLists, ruleLists } from './rule-lists.ts'
import { type RuleStanding, standingOf } from './rule-standing.ts'

/** What has annotations: the signals, by their number, then what is worked out from them, then attributes. */
export interface IndexedChannel {
  /** Its place in the list of channels. */
  readonly slot: number
  /** Where it begins in a patient's vitals; -1 for a signal that no rule needs. */
  readonly offset: number
  readonly validForMs: number
}

/** The last values of a signal, so many of them, that rules count: its slot comes after those of the channels. */
export interface IndexedCount {
  readonly slot: number
  /** Where its signal lies in a patient's vitals. */
  readonly offset: number
  readonly window: WindowLayout
  readonly of: number
}

/** What rules work out from channels and hold against numbers: its slot comes last. */
export interface IndexedExpression {
  readonly slot: number
  readonly value: NumberClosure
  /** Offsets of the channels that it speaks of. */
  readonly offsets: readonly number[]
}

/** Lists at the one place that a slot of `RuleIndex.touched` has. */
export const ALWAYS = 0
export const UNBOUND = 1
export const UNBOUND_AT_BLANK = 2

/** Lists at an edge: rules that come out differently when a value crosses it; may be true only above it, or at it; only below it, or at it. */
export const CROSSING = 0
export const ABOVE = 1
export const BELOW = 2

type Other = Exclude<Bounded, { kind: 'channel' }>

interface Users {
  readonly place: Other
  readonly rules: number
}

/** Which rules a reading can matter to. Lists are of indexes in `rules`. */
export interface RuleIndex {
  readonly channels: readonly IndexedChannel[]
  /** By number of the signal: what is worked out from it, in the order of the layout. */
  readonly derived: readonly (readonly IndexedChannel[])[]
  /** In the order of the layout. */
  readonly attributes: readonly IndexedChannel[]
  /** By number of the signal: the windows of its last values, and what is counted of them. */
  readonly windows: readonly (readonly WindowLayout[])[]
  readonly counts: readonly (readonly IndexedCount[])[]
  /** By slot of a channel: the expressions that speak of it. */
  readonly expressions: readonly (readonly IndexedExpression[])[]
  /** By `slotKey`: what is counted or worked out, and how many rules do. */
  readonly users: ReadonlyMap<string, Users>
  /** How many channels, counts and expressions there are. */
  readonly slots: number
  /** The rules that refer to a limit by name. */
  readonly limited: readonly CompiledRule[]
  /** The rules that are looked at when a patient is first heard of, whatever is heard. */
  readonly atFirst: readonly CompiledRule[]
  /** By index; undefined for a rule of silence. */
  readonly rules: readonly (CompiledRule | undefined)[]
  /**
   * By slot: the rules to which each annotation matters, and not only that a value crosses what it is held against; those that may become
   * true whatever the value is, since none of their bounds is one of this channel; the same of a blank.
   */
  readonly touched: RuleLists
  /** By slot and edge: the numbers that values are held against, and the rules at each, where no limit moves them. */
  readonly fixed: RuleLists
  /** The same of edges that are where a limit is: by slot and place of the limit among the set's. The same rules for every patient. */
  readonly following: RuleLists
}

/** A rule set and its index. */
export interface Indexed {
  readonly set: CompiledRuleSet
  readonly index: RuleIndex
}

/**
 * Indexes every rule at its edges. While a value moves between two of them no comparison changes, and when it crosses one only those at it can.
 *
 * @param previous another version, of whose index is taken what is the same. What comes out is as without it.
 */
export function ruleIndex(set: CompiledRuleSet, previous?: Indexed): RuleIndex {
  const { rules, layout, validForMs } = set
  let slot = SIGNAL_NAMES.length
  const channel = (at: number, offset: number, valid: number): IndexedChannel => ({
    slot: at,
    offset,
    validForMs: valid,
  })
  const signals = SIGNAL_NAMES.map((_, n) => channel(n, layout.offsets[n] as number, validForMs[n] as number))
  const derived = layout.derived.map((channels, signal) => {
    return channels.map(({ offset }) => channel(slot++, offset, validForMs[signal] as number))
  })
  const attributes = layout.attributes.map(({ offset }) => channel(slot++, offset, Infinity))
  const channels = [...signals, ...derived.flat(), ...attributes]
  const moved = movedRules(set, previous)
  const users = usersOf(moved, previous?.index)
  const others = inOrder([...users.values()].map(({ place }) => place))
  const slots = slotsOf(channels, others)
  const counts = countsOf(set, others, slots)
  return {
    channels,
    derived,
    attributes,
    windows: SIGNAL_NAMES.map((_, signal) => layout.windows.filter((window) => window.signal === signal)),
    counts: SIGNAL_NAMES.map((_, signal) => counts.filter(({ window }) => window.signal === signal)),
    expressions: expressionsOf(channels, others, slots),
    users,
    slots: channels.length + others.length,
    limited: rules.filter(({ limits }) => limits.length > 0),
    atFirst: rules.filter(({ mayHoldAtFirst }) => mayHoldAtFirst),
    rules: rulesByIndex(set),
    ...listsOf(set, slots, moved, previous?.index),
  }
}

function rulesByIndex({ rules, alarmCount }: CompiledRuleSet): readonly (CompiledRule | undefined)[] {
  const byIndex = new Array<CompiledRule | undefined>(alarmCount).fill(undefined)
  for (const rule of rules) byIndex[rule.index] = rule
  return byIndex
}

/** What of two versions is the same. */
interface MovedRules {
  readonly indexNow: Int32Array
  /** Those of the version before that are there no more, and those that were not. */
  readonly gone: readonly CompiledRule[]
  readonly fresh: readonly CompiledRule[]
}

/** Rules are the same where they have the conditions that they had, and stand behind each other as they did: one that has moved is a new one. */
function movedRules({ rules }: CompiledRuleSet, previous: Indexed | undefined): MovedRules {
  const before = previous?.set.rules ?? []
  const known = new InOrder(before, ({ raise }) => raise)
  const indexNow = new Int32Array(previous?.set.alarmCount ?? 0).fill(-1)
  const fresh: CompiledRule[] = []
  for (const rule of rules) {
    const found = known.near(rule.raise)
    if (found === undefined) fresh.push(rule)
    else indexNow[found.index] = rule.index
  }
  return { indexNow, gone: before.filter(({ index }) => indexNow[index] === -1), fresh }
}

function listsOf(
  { limitNames }: CompiledRuleSet,
  slots: Slots,
  { fresh, indexNow }: MovedRules,
  previous: RuleIndex | undefined,
): Pick<RuleIndex, 'touched' | 'fixed' | 'following'> {
  const slotOf = (place: Bounded): number => slots.get(slotKey(place)) as number
  const places = new Map(limitNames.map((name, place) => [name, place]))
  const [touched, fixed, following]: [Listed[], Listed[], Listed[]] = [[], [], []]
  for (const rule of fresh) {
    const { index } = rule
    const standing = standingOf(rule)
    for (const [place, list] of touchesOf(rule, standing)) touched.push({ slot: slotOf(place), at: 0, list, index })
    for (const { of, side, operand } of standing.edges) {
      const slot = slotOf(of)
      const list = side === 'crossed' ? CROSSING : side === 'above' ? ABOVE : BELOW
      if (operand?.kind !== 'limit') fixed.push({ slot, at: operand?.value ?? 0, list, index })
      else following.push({ slot, at: places.get(operand.limit) as number, list, index })
    }
  }
  const slotBefore = previous === undefined ? [] : slotsBefore(slots, previous)
  const before = (lists: RuleLists | undefined): ListsBefore | undefined => lists && { lists, slotBefore, indexNow }
  return {
    touched: ruleLists(slots.size, touched, before(previous?.touched)),
    fixed: ruleLists(slots.size, fixed, before(previous?.fixed)),
    following: ruleLists(slots.size, following, before(previous?.following)),
  }
}

function touchesOf(rule: CompiledRule, standing: RuleStanding): [place: Bounded, list: number][] {
  const { always, unbound, others } = standing
  // An earlier value may be in force again where a blank takes the place of one of the same time.
  const atBlank = rule.data.missing === 'hold' ? rule.offsets : unbound
  const channel = (offset: number): Bounded => ({ kind: 'channel', offset })
  return [
    ...always.map((offset): [Bounded, number] => [channel(offset), ALWAYS]),
    ...unbound.map((offset): [Bounded, number] => [channel(offset), UNBOUND]),
    ...atBlank.map((offset): [Bounded, number] => [channel(offset), UNBOUND_AT_BLANK]),
    ...others.flatMap(({ place, isBound }): [Bounded, number][] => (isBound ? [] : [[place, UNBOUND]])),
  ]
}

/** By `slotKey`. */
type Slots = ReadonlyMap<string, number>

function slotKey(place: Bounded): string {
  return `${place.kind} ${boundedKey(place)}`
}

function slotsOf(channels: readonly IndexedChannel[], others: readonly Other[]): Slots {
  const slots = new Map<string, number>()
  // Of a signal that no rule needs nothing is listed, but it has a slot.
  for (const { offset, slot } of channels) {
    slots.set(offset === -1 ? `unused ${slot}` : slotKey({ kind: 'channel', offset }), slot)
  }
  for (const place of others) slots.set(slotKey(place), slots.size)
  return slots
}

/** By slot, the same one before. A rule that is the same reads from the same offsets: so slots are the same where theirs are. */
function slotsBefore(slots: Slots, previous: RuleIndex): readonly number[] {
  const known = slotsOf(previous.channels, inOrder([...previous.users.values()].map(({ place }) => place)))
  const before = new Array<number>(slots.size).fill(-1)
  for (const [key, slot] of slots) before[slot] = known.get(key) ?? -1
  return before
}

/** How many rules count or work out the same: only what some rule does has a slot. */
function usersOf({ fresh, gone }: MovedRules, previous: RuleIndex | undefined): ReadonlyMap<string, Users> {
  const users = new Map(previous?.users)
  for (const { place } of fresh.flatMap((rule) => standingOf(rule).others)) {
    const key = slotKey(place)
    users.set(key, { place, rules: (users.get(key)?.rules ?? 0) + 1 })
  }
  for (const { place } of gone.flatMap((rule) => standingOf(rule).others)) {
    const key = slotKey(place)
    const known = users.get(key) as Users
    if (known.rules === 1) users.delete(key)
    else users.set(key, { ...known, rules: known.rules - 1 })
  }
  return users
}

/** Counts by window and number, then expressions by key: an order that follows from the set alone. */
function inOrder(places: readonly Other[]): readonly Other[] {
  return places.toSorted((a, b) => {
    if (a.kind === 'counted' && b.kind === 'counted') return a.window - b.window || a.of - b.of
    if (a.kind === 'expression' && b.kind === 'expression') return a.key < b.key ? -1 : 1
    return a.kind === 'counted' ? -1 : 1
  })
}

function expressionsOf(
  channels: readonly IndexedChannel[],
  others: readonly Other[],
  slots: Slots,
): readonly (readonly IndexedExpression[])[] {
  const byOffset = new Map(channels.map(({ offset }) => [offset, [] as IndexedExpression[]]))
  for (const place of others) {
    if (place.kind !== 'expression') continue
    const { value, offsets } = place
    const expression = { slot: slots.get(slotKey(place)) as number, value, offsets }
    for (const offset of offsets) byOffset.get(offset)?.push(expression)
  }
  return channels.map(({ offset }) => byOffset.get(offset) as readonly IndexedExpression[])
}

function countsOf({ layout }: CompiledRuleSet, others: readonly Other[], slots: Slots): readonly IndexedCount[] {
  return others.flatMap((place) => {
    if (place.kind !== 'counted') return []
    const window = layout.windows.find(({ offset }) => offset === place.window) as WindowLayout
    const offset = layout.offsets[window.signal] as number
    return [{ slot: slots.get(slotKey(place)) as number, offset, window, of: place.of }]
  })
}
