import type { CountedPlace } from '../compile/bounds.ts'
import type { CompiledRule, CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { WindowLayout } from '../compile/layout.ts'
import { SIGNAL_NAMES } from '../expression/signals.ts'
import { type Listed, type ListsBefore, type RuleLists, ruleLists } from './rule-lists.ts'
import { countKey, type RuleStanding, standingOf } from './rule-standing.ts'

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

interface CountUsers {
  readonly place: CountedPlace
  readonly users: number
}

/** Lists at the one place that a slot of `RuleIndex.touched` has. */
export const ALWAYS = 0
export const UNBOUND = 1
export const UNBOUND_AT_BLANK = 2

/** Lists at an edge: rules that come out differently when a value crosses it; may be true only above it, or at it; only below it, or at it. */
export const CROSSING = 0
export const ABOVE = 1
export const BELOW = 2

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
  /** By `countKey`: what is counted, and how many rules do. */
  readonly countUsers: ReadonlyMap<string, CountUsers>
  /** How many channels and counts there are. */
  readonly slots: number
  /** The rules that refer to a limit by name. */
  readonly limited: readonly CompiledRule[]
  /** The rules that are looked at when a patient is first heard of, whatever is heard. */
  readonly atFirst: readonly CompiledRule[]
  /** By index. */
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
  const countUsers = usersOfCounts(moved, previous?.index)
  const counts = countsOf(set, channels.length, countUsers)
  const slots = channels.length + counts.length
  return {
    channels,
    derived,
    attributes,
    windows: SIGNAL_NAMES.map((_, signal) => layout.windows.filter((window) => window.signal === signal)),
    counts: SIGNAL_NAMES.map((_, signal) => counts.filter(({ window }) => window.signal === signal)),
    countUsers,
    slots,
    limited: rules.filter(({ limits }) => limits.length > 0),
    atFirst: rules.filter(({ mayHoldAtFirst }) => mayHoldAtFirst),
    rules: rulesByIndex(set),
    ...listsOf(set, channels, counts, moved, previous?.index),
  }
}

/** By index; undefined for a rule of silence. */
export function rulesByIndex({ rules, alarmCount }: CompiledRuleSet): readonly (CompiledRule | undefined)[] {
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
  const indexNow = new Int32Array(previous?.set.alarmCount ?? 0).fill(-1)
  const fresh: CompiledRule[] = []
  let at = 0
  for (const rule of rules) {
    const found = placeOf(rule, before, at)
    if (found === -1) fresh.push(rule)
    else {
      indexNow[(before[found] as CompiledRule).index] = rule.index
      at = found + 1
    }
  }
  return { indexNow, gone: before.filter(({ index }) => indexNow[index] === -1), fresh }
}

/** How far ahead a rule is looked for. */
const REACH = 50

function placeOf({ raise }: CompiledRule, rules: readonly CompiledRule[], from: number): number {
  const end = Math.min(rules.length, from + REACH)
  for (let at = from; at < end; at++) if (rules[at]?.raise === raise) return at
  return -1
}

function listsOf(
  { limitNames }: CompiledRuleSet,
  channels: readonly IndexedChannel[],
  counts: readonly IndexedCount[],
  { fresh, indexNow }: MovedRules,
  previous: RuleIndex | undefined,
): Pick<RuleIndex, 'touched' | 'fixed' | 'following'> {
  const known = slotsOf(channels, counts)
  const slotOf = (offset: number, counted?: CountedPlace): number => known(offset, counted) as number
  const places = new Map(limitNames.map((name, place) => [name, place]))
  const [touched, fixed, following]: [Listed[], Listed[], Listed[]] = [[], [], []]
  for (const rule of fresh) {
    const { index } = rule
    const standing = standingOf(rule)
    for (const [slot, list] of touchesOf(rule, standing, slotOf)) touched.push({ slot, at: 0, list, index })
    for (const { offset, counted, side, operand } of standing.edges) {
      const slot = slotOf(offset, counted)
      const list = side === 'crossed' ? CROSSING : side === 'above' ? ABOVE : BELOW
      if (operand?.kind !== 'limit') fixed.push({ slot, at: operand?.value ?? 0, list, index })
      else following.push({ slot, at: places.get(operand.limit) as number, list, index })
    }
  }
  const slots = channels.length + counts.length
  const slotBefore = previous === undefined ? [] : slotsBefore(channels, counts, previous)
  const before = (lists: RuleLists | undefined): ListsBefore | undefined => lists && { lists, slotBefore, indexNow }
  return {
    touched: ruleLists(slots, touched, before(previous?.touched)),
    fixed: ruleLists(slots, fixed, before(previous?.fixed)),
    following: ruleLists(slots, following, before(previous?.following)),
  }
}

type SlotOf = (offset: number, counted: CountedPlace | undefined) => number | undefined

function touchesOf(
  rule: CompiledRule,
  standing: RuleStanding,
  slotOf: (offset: number, counted?: CountedPlace) => number,
): [slot: number, list: number][] {
  const { always, unbound, counts } = standing
  // An earlier value may be in force again where a blank takes the place of one of the same time.
  const atBlank = rule.data.missing === 'hold' ? rule.offsets : unbound
  return [
    ...always.map((offset): [number, number] => [slotOf(offset), ALWAYS]),
    ...unbound.map((offset): [number, number] => [slotOf(offset), UNBOUND]),
    ...atBlank.map((offset): [number, number] => [slotOf(offset), UNBOUND_AT_BLANK]),
    ...counts.flatMap(({ place, isBound }): [number, number][] => {
      return isBound ? [] : [[slotOf(place.window, place), UNBOUND]]
    }),
  ]
}

function slotsOf(channels: readonly IndexedChannel[], counts: readonly IndexedCount[]): SlotOf {
  const byOffset = new Map(channels.map(({ offset, slot }) => [offset, slot]))
  const byCount = new Map(counts.map(({ window, of, slot }) => [countKey({ window: window.offset, of }), slot]))
  return (offset, counted) => (counted === undefined ? byOffset.get(offset) : byCount.get(countKey(counted)))
}

/** By slot, the same one before. A rule that is the same reads from the same offsets: so slots are the same where theirs are. */
function slotsBefore(
  channels: readonly IndexedChannel[],
  counts: readonly IndexedCount[],
  previous: RuleIndex,
): readonly number[] {
  const known = slotsOf(previous.channels, previous.counts.flat())
  const slots = new Array<number>(channels.length + counts.length).fill(-1)
  for (const { slot, offset } of channels) slots[slot] = known(offset, undefined) ?? -1
  for (const { slot, window, of } of counts) slots[slot] = known(0, { window: window.offset, of }) ?? -1
  return slots
}

/** How many rules count so many of the last values: only what some rule counts has a slot. */
function usersOfCounts({ fresh, gone }: MovedRules, previous: RuleIndex | undefined): ReadonlyMap<string, CountUsers> {
  const users = new Map(previous?.countUsers)
  const add = (rules: readonly CompiledRule[], by: number): void => {
    for (const { place } of rules.flatMap((rule) => standingOf(rule).counts)) {
      const key = countKey(place)
      const known = users.get(key)?.users ?? 0
      if (known + by === 0) users.delete(key)
      else users.set(key, { place, users: known + by })
    }
  }
  add(fresh, 1)
  add(gone, -1)
  return users
}

function countsOf({ layout }: CompiledRuleSet, first: number, users: ReadonlyMap<string, CountUsers>): IndexedCount[] {
  const places = [...users.values()].map(({ place }) => place)
  const inOrder = places.toSorted((a, b) => a.window - b.window || a.of - b.of)
  return inOrder.map((place, n) => {
    const window = layout.windows.find(({ offset }) => offset === place.window) as WindowLayout
    return { slot: first + n, offset: layout.offsets[window.signal] as number, window, of: place.of }
  })
}
