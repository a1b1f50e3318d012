import { InOrder } from '../schema/in-order.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { channelKey } from './channel-key.ts'
import type { CompiledRule, CompiledRuleSet, CompiledVersion } from './compile-rule-set.ts'
import { type Layout, numberOf } from './layout.ts'
import { policiesOf } from './policies.ts'
import { conditionsIn, type KnownRule, type ResolvedRule } from './resolve-rules.ts'

/** What compiled rules read that is not their own. */
type Around = Pick<CompiledRuleSet, 'layout' | 'limitNames' | 'validForMs' | 'texts'>

/** A rule, and what watches it, that is ready to run already; undefined where it is not. */
type ReadyRule = (rule: ResolvedRule, index: number, isBlindness: boolean) => CompiledRule | undefined

/** What of a set is there already, as a part of another version. */
interface KnownParts {
  readonly resolved: KnownRule
  compiled(around: Around): ReadyRule
}

const NOTHING: KnownParts = { resolved: () => undefined, compiled: () => () => undefined }

/**
 * Rules are the same where they are the very objects of the other version, and what their names stand for is. One that stands elsewhere in the
 * set may be made anew: what comes out is equal.
 */
export function knownParts(ruleSet: RuleSet, previous: CompiledVersion | undefined): KnownParts {
  if (previous === undefined) return NOTHING
  const { ruleSet: before, compiled } = previous
  const names = ['definitions', 'attributes', 'schedules'] as const
  const limitNames = Object.keys(ruleSet.limits?.default ?? {})
  if (!names.every((name) => ruleSet[name] === before[name])) return NOTHING
  if (!isSame(limitNames, compiled.limitNames)) return NOTHING
  const resolved = new InOrder(compiled.resolved, ({ data }) => data)
  return {
    resolved: (data) => resolved.near(data),
    compiled: (around) => readyIn(compiled, around),
  }
}

function readyIn(before: CompiledRuleSet, around: Around): ReadyRule {
  const [known, now] = [before, around].map(({ limitNames, validForMs, texts, layout }) => {
    return JSON.stringify([limitNames, validForMs, texts.texts, layout.holds])
  })
  if (known !== now) return () => undefined
  const ready = [false, true].map((isBlindness) => {
    const rules = before.rules.filter((rule) => rule.isBlindness === isBlindness)
    return new InOrder(rules, ({ data }) => data)
  })
  const stays = whereTheyWere(before.layout, around.layout)
  return (resolved, index, isBlindness) => {
    const rule = ready[isBlindness ? 1 : 0]?.near(resolved.data)
    if (rule === undefined || !stays(resolved)) return undefined
    return rule.index === index ? rule : { ...rule, index }
  }
}

/** Whether all that a rule reads lies where it did. */
function whereTheyWere(before: Layout, after: Layout): (rule: ResolvedRule) => boolean {
  const [known, now] = [placesIn(before), placesIn(after)]
  // Where nothing has moved that is still there, no rule has to be looked at.
  if ([...known].every(([place, offset]) => !now.has(place) || now.get(place) === offset)) return () => true
  const isThere = (place: string): boolean => known.get(place) === now.get(place)
  return ({ data, when, clear, values, compares }) => {
    const policies = policiesOf(data)
    const usesWard = [when, clear].flatMap(conditionsIn).some(({ kind }) => kind === 'during')
    if (usesWard && !isThere('attribute ward')) return false
    const counts = compares.filter(({ counted }) => counted !== undefined)
    return (
      values.every((value) => {
        if (value.kind === 'attribute') return isThere(`attribute ${value.attribute}`)
        if (value.kind === 'window' || value.kind === 'past') return isThere(`derived ${channelKey(value, policies)}`)
        return value.kind !== 'signal' || isThere(`signal ${numberOf(value.signal)}`)
      }) &&
      counts.every(({ value }) => {
        return value.kind === 'signal' && isThere(`window ${numberOf(value.signal)} ${policies.zeros}`)
      })
    )
  }
}

function placesIn({ offsets, derived, attributes, windows }: Layout): ReadonlyMap<string, number> {
  return new Map([
    ...[...offsets.entries()].filter(([, at]) => at !== -1).map(([signal, at]) => [`signal ${signal}`, at] as const),
    ...derived.flat().map(({ key, offset }) => [`derived ${key}`, offset] as const),
    ...attributes.map(({ name, offset }) => [`attribute ${name}`, offset] as const),
    ...windows.map(({ signal, zeros, offset }) => [`window ${signal} ${zeros}`, offset] as const),
  ])
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, i) => name === right[i])
}
