import { ownOf } from '../schema/own-of.ts'
import { at, type Problems } from '../schema/problems.ts'
import type { LimitsData } from '../schema/rule-data.ts'

type Table = Readonly<Record<string, unknown>>

/** Limits with others in their places, null taking one away. Tables that do not change are the very ones that were there. */
export function mergeLimits(
  before: LimitsData | undefined,
  given: unknown,
  path: string,
  problems: Problems,
): LimitsData | undefined {
  if (given === undefined) return before
  const object = problems.object(given, path)
  if (object === undefined) return before
  problems.unknownFields(object, ['default', 'own', 'wards', 'patients'], path)
  const scopes = (['wards', 'patients'] as const).flatMap((scope) => {
    const known: Readonly<Record<string, Table>> = before?.[scope] ?? {}
    if (object[scope] === undefined) return before?.[scope] === undefined ? [] : [[scope, known]]
    const changed = Object.entries(problems.object(object[scope], at(path, scope)) ?? {})
    const merged = changed.map(([who, table]) => {
      return [who, mergeTable(ownOf(known, who) ?? {}, table, at(at(path, scope), who), problems)] as const
    })
    return [[scope, { ...known, ...Object.fromEntries(merged) }]]
  })
  const defaults = mergeTable(before?.default ?? {}, object.default ?? {}, at(path, 'default'), problems)
  const own = mergeTable(before?.own ?? {}, object.own ?? {}, at(path, 'own'), problems)
  return { default: defaults, ...(Object.keys(own).length > 0 && { own }), ...Object.fromEntries(scopes) } as LimitsData
}

function mergeTable(before: Table, given: unknown, path: string, problems: Problems): Table {
  const object = problems.object(given, path)
  if (object === undefined || Object.keys(object).length === 0) return before
  return Object.fromEntries(Object.entries({ ...before, ...object }).filter(([, limit]) => limit !== null))
}
