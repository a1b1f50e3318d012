import type { Resolved } from '../expression/resolved.ts'
import { canonicalJson } from '../schema/canonical-json.ts'
import type { RuleSetData } from '../schema/rule-data.ts'
import type { Schedule } from '../schema/schedule.ts'
import type { ExpressionPlace } from './bounded.ts'
import { channelKey } from './channel-key.ts'
import { type AttributeChannel, type DerivedChannel, type Layout, numberOf, VALUE } from './layout.ts'
import type { PatientView } from './patient-view.ts'
import type { Policies } from './policies.ts'
import { type Locate, locateSignal } from './read-signal.ts'
import { insideOf } from './resolve-rules.ts'
import { type ScheduleClock, scheduleClock } from './schedule-clock.ts'
import type { TextNumbers } from './text-numbers.ts'
import type { ClosureScope } from './to-closure.ts'
import { type ChannelNode, isChannelNode, toNumber } from './to-number.ts'
import type { TurnScope } from './turns.ts'

/** Where the conditions of rules of the same policies find what they speak of. */
export interface RuleScope extends ClosureScope, TurnScope {
  /** An expression: of one and the same there is one for all rules. */
  expression(node: Resolved): ExpressionPlace
}

/** What rules have in common. */
export interface ScopeParts {
  readonly set: RuleSetData
  readonly layout: Layout
  readonly limitNames: readonly string[]
  readonly validForMs: readonly number[]
  readonly texts: TextNumbers
}

/** The scope of rules that look at readings by these policies. */
export function ruleScope(policies: Policies, { set, layout, limitNames, validForMs, texts }: ScopeParts): RuleScope {
  const derivedByKey = new Map(layout.derived.flat().map((channel) => [channel.key, channel]))
  const derived = (node: ChannelNode): DerivedChannel | undefined => {
    if (node.kind !== 'window' && node.kind !== 'past') return undefined
    return derivedByKey.get(channelKey(node, policies))
  }
  const attribute = (name: string) => layout.attributes.find((one) => one.name === name) as AttributeChannel
  const validFor = (node: ChannelNode): number => {
    if (node.kind === 'attribute') return Infinity
    const own = validForMs[numberOf(node.signal)] as number
    return node.kind === 'signal' && node.withinMs !== undefined ? Math.min(node.withinMs, own) : own
  }
  const offset = (node: ChannelNode): number => {
    if (node.kind === 'attribute') return attribute(node.attribute).offset
    return derived(node)?.offset ?? (layout.offsets[numberOf(node.signal)] as number)
  }
  const located = (node: ChannelNode, at: number): Locate => {
    if (node.kind === 'attribute') return (vitals) => (Number.isNaN(vitals[at + VALUE] as number) ? -1 : at + VALUE)
    // A mean of zero is one, also where a reading of zero is none.
    const isDerived = node.kind !== 'signal'
    const zeros = isDerived ? 'value' : policies.zeros
    return locateSignal({ offset: at, zeros, missing: policies.missing, validForMs: validFor(node), isDerived })
  }
  // Thousands of rules speak of the same few channels.
  const locates = new Map<string, Locate>()
  const expressions = new Map<string, ExpressionPlace>()
  const scope: RuleScope = {
    offset,
    validForMs: validFor,
    locate(node) {
      const at = offset(node)
      const key = `${at} ${validFor(node)}`
      const known = locates.get(key) ?? located(node, at)
      locates.set(key, known)
      return known
    },
    window(signal) {
      const number = numberOf(signal)
      return layout.windows.find((one) => one.signal === number && one.zeros === policies.zeros)?.offset as number
    },
    limit: (name) => limitNames.indexOf(name),
    text: (text) => texts.add(text),
    clock(name) {
      const schedule = set.schedules?.[name] as Schedule
      return clockOf(schedule, texts, () => attribute('ward').offset)
    },
    isOfWard: (name) => typeof set.schedules?.[name]?.zone === 'object',
    expression(node) {
      const key = `${canonicalJson(node)} ${policies.zeros} ${policies.missing}`
      const known = expressions.get(key)
      if (known !== undefined) return known
      const offsets = [...new Set(insideOf(node).filter(isChannelNode).map(offset))]
      const place = { kind: 'expression', key, value: toNumber(node, scope), offsets } as const
      expressions.set(key, place)
      return place
    },
  }
  return scope
}

function clockOf(
  schedule: Schedule,
  texts: TextNumbers,
  wardOffset: () => number,
): (view: PatientView) => ScheduleClock {
  const everywhere = scheduleClock(schedule)
  if (typeof schedule.zone === 'string') return () => everywhere
  const byWard = new Map(
    Object.keys(schedule.zone.wards).map((ward) => [texts.add(ward), scheduleClock(schedule, ward)]),
  )
  const ward = wardOffset() + VALUE
  return ({ vitals }) => byWard.get(vitals[ward] as number) ?? everywhere
}
