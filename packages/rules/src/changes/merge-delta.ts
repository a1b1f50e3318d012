import { didYouMean } from '../expression/closest-name.ts'
import type { BandTable } from '../schema/band-table.ts'
import { at, describe, type Problems } from '../schema/problems.ts'
import type { RuleData, RuleSetData } from '../schema/rule-data.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { type GivenSet, type Merged, readGiven } from './given-set.ts'
import { mergeLimits } from './merge-limits.ts'
import type { DeltaChange } from './rule-change.ts'

interface MergedDelta extends Merged {
  /** What is new in it is not checked. */
  readonly json: RuleSetData
  readonly read: GivenSet
  readonly disabled: readonly string[]
}

type Item = RuleData | BandTable
const NAMED = ['validFor', 'attributes', 'schedules', 'definitions'] as const
const PARTS = ['format', 'rules', 'tables', 'limits', ...NAMED]

/**
 * The set with the parts of a change in their places. What does not change are the very objects that were there.
 *
 * @throws RULES_INVALID for a text that cannot be read.
 */
export function mergeDelta(
  before: RuleSet,
  disabledBefore: readonly string[],
  change: DeltaChange,
  problems: Problems,
): MergedDelta {
  const read = readGiven(change.put ?? {})
  problems.unknownFields(read.json, PARTS, 'put')
  const { rules, tables = [], limits, ...others } = before.toJSON()
  const removed = new Set(change.remove ?? [])
  const [newRules, newTables] = [itemsOf(read, 'rules', problems), itemsOf(read, 'tables', problems)]
  const merged = {
    ...others,
    rules: putItems(rules, newRules, removed) as RuleData[],
    tables: putItems(tables, newTables, removed) as BandTable[],
    limits: mergeLimits(
      mergeLimits(limits, read.json.limits, 'put.limits', problems),
      change.limits,
      'limits',
      problems,
    ),
    ...namesOf(others, read, change, problems),
  }
  const { tables: allTables, limits: allLimits, ...parts } = merged
  const json = {
    ...parts,
    format: 2 as const,
    ...(allTables.length > 0 && { tables: allTables }),
    ...(allLimits !== undefined && { limits: allLimits }),
  } as RuleSetData
  refuseUnknown(change.remove, 'remove', () => [...rules, ...tables].map(({ id }) => id), problems)
  return {
    json,
    read,
    disabled: disabledAfter(json, disabledBefore, change, problems),
    sourceOf: sourcesIn(json, { rules: newRules, tables: newTables }),
  }
}

function itemsOf({ json }: GivenSet, field: 'rules' | 'tables', problems: Problems): readonly Item[] {
  if (json[field] === undefined) return []
  return (problems.array(json[field], `put.${field}`) ?? []) as readonly Item[]
}

/** Those of the same id are replaced in their places, others come last. */
function putItems(before: readonly Item[], put: readonly Item[], removed: ReadonlySet<string>): readonly Item[] {
  if (put.length === 0 && removed.size === 0) return before
  const ids = new Set(put.map((item): unknown => Object(item).id))
  const known = new Set(before.flatMap(({ id }) => (ids.has(id) ? [id] : [])))
  const replaced = new Map<unknown, Item>()
  const added: Item[] = []
  for (const item of put) {
    const id: unknown = Object(item).id
    // Two of one id are both there, to be refused.
    if (known.has(id as string) && !replaced.has(id)) replaced.set(id, item)
    else added.push(item)
  }
  const kept = before.flatMap((item) => {
    const other = replaced.get(item.id)
    if (other !== undefined) return [other]
    return removed.has(item.id) ? [] : [item]
  })
  return [...kept, ...added]
}

function namesOf(
  before: Omit<RuleSetData, 'rules' | 'tables' | 'limits'>,
  { json }: GivenSet,
  { removeNames = {} }: DeltaChange,
  problems: Problems,
): Partial<Record<(typeof NAMED)[number], unknown>> {
  return Object.fromEntries(
    NAMED.flatMap((kind) => {
      const put = json[kind] === undefined ? {} : (problems.object(json[kind], at('put', kind)) ?? {})
      const removed = removeNames[kind] ?? []
      const known: Readonly<Record<string, unknown>> = before[kind] ?? {}
      for (const [i, name] of removed.entries()) {
        if (Object.hasOwn(known, name)) continue
        const path = at(at('removeNames', kind), i)
        problems.add(path, 'RULES_NAME_UNKNOWN', `there is no ${describe(name)}${didYouMean(name, Object.keys(known))}`)
      }
      if (Object.keys(put).length + removed.length === 0) return []
      const kept = Object.entries(known).filter(([name]) => !removed.includes(name))
      return [[kind, { ...Object.fromEntries(kept), ...put }]]
    }),
  )
}

function disabledAfter(
  set: RuleSetData,
  before: readonly string[],
  { disable = [], enable = [] }: DeltaChange,
  problems: Problems,
): readonly string[] {
  const items: readonly unknown[] = [...set.rules, ...(set.tables ?? [])]
  const ids = (): readonly unknown[] => items.map((item) => Object(item).id)
  refuseUnknown(disable, 'disable', ids, problems)
  refuseUnknown(enable, 'enable', ids, problems)
  const wanted = new Set<unknown>([...before, ...disable])
  for (const id of enable) wanted.delete(id)
  if (wanted.size === 0) return []
  const there = new Set(ids().filter((id) => wanted.has(id)))
  return ([...wanted] as readonly string[]).filter((id) => there.has(id))
}

function refuseUnknown(
  ids: readonly string[] = [],
  path: string,
  allIds: () => readonly unknown[],
  problems: Problems,
): void {
  if (ids.length === 0) return
  const known = new Set(allIds())
  for (const [i, id] of ids.entries()) {
    if (known.has(id)) continue
    const hint = didYouMean(id, [...known].filter((one): one is string => typeof one === 'string').slice(0, 1_000))
    problems.add(at(path, i), 'RULES_NAME_UNKNOWN', `there is no rule or table ${describe(id)}${hint}`)
  }
}

/** A rule that was put stands in the merged set at another place than in the change. */
function sourcesIn(
  json: RuleSetData,
  put: Readonly<Record<'rules' | 'tables', readonly Item[]>>,
): (path: string) => string {
  return (path) => {
    const found = /^(rules|tables)\[(\d+)\]/.exec(path)
    if (found === null) return path
    const [whole, field, index] = found as unknown as [string, 'rules' | 'tables', string]
    const place = put[field].indexOf(json[field]?.[Number(index)] as Item)
    return place === -1 ? path : `put.${at(field, place)}${path.slice(whole.length)}`
  }
}
