import { didYouMean } from '../expression/closest-name.ts'
import { limitSignal } from '../expression/limit-name.ts'
import type { Quantity } from '../expression/quantity.ts'
import { SIGNAL_NAMES } from '../expression/signals.ts'
import type { KnownParts } from './known-parts.ts'
import { checkOwnLimits, refuseBeyond } from './parse-own-limits.ts'
import { checkQuantity } from './parse-quantity.ts'
import { at, describe, type Problems } from './problems.ts'
import type { LimitsData, LimitTable, OwnLimits } from './rule-data.ts'

/** A rule set's limits. Those of a ward or a patient must have a default too: without one they are a typing mistake. */
export function checkLimits(
  value: unknown,
  path: string,
  problems: Problems,
  known: KnownParts,
): LimitsData | undefined {
  const isKnown = known.hasLimits
  if (isKnown(value)) return value as LimitsData
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  problems.unknownFields(object, ['default', 'own', 'wards', 'patients'], path)
  const defaults = isKnown(object.default)
    ? (object.default as LimitTable)
    : checkTable(object.default ?? {}, at(path, 'default'), problems)
  // Names of defaults count even where their quantity is wrong, so that one mistake is not reported twice.
  const names = Object.keys(Object(object.default ?? {}))
  const own = checkOwn(object.own, at(path, 'own'), names, problems, known)
  const wards = checkTables(object.wards, at(path, 'wards'), names, problems, isKnown)
  const patients = checkTables(object.patients, at(path, 'patients'), names, problems, isKnown)
  if (own !== undefined && patients !== undefined) refuseBeyond(patients, own, at(path, 'patients'), known, problems)
  return { default: defaults, ...(own && { own }), ...(wards && { wards }), ...(patients && { patients }) }
}

function checkOwn(
  value: unknown,
  path: string,
  names: readonly string[],
  problems: Problems,
  known: KnownParts,
): OwnLimits | undefined {
  if (value === undefined) return undefined
  return known.hasLimits(value) ? (value as OwnLimits) : checkOwnLimits(value, path, names, problems)
}

function checkTables(
  value: unknown,
  path: string,
  names: readonly string[],
  problems: Problems,
  isKnown: (part: unknown) => boolean,
): Readonly<Record<string, LimitTable>> | undefined {
  if (value === undefined) return undefined
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  const tables = Object.entries(object).map(([who, limits]): [string, LimitTable] => {
    if (isKnown(limits)) return [who, limits as LimitTable]
    const table = checkTable(limits, at(path, who), problems)
    for (const name of Object.keys(table)) {
      if (names.includes(name)) continue
      const hint = didYouMean(name, names)
      problems.add(at(at(path, who), name), 'RULES_LIMIT_UNKNOWN', `limit ${describe(name)} has no default${hint}`)
    }
    return [who, table]
  })
  const filled = tables.filter(([, table]) => Object.keys(table).length > 0)
  return filled.length === 0 ? undefined : Object.fromEntries(filled)
}

function checkTable(value: unknown, path: string, problems: Problems): LimitTable {
  const object = problems.object(value, path) ?? {}
  const entries: [string, Quantity][] = []
  for (const [name, quantity] of Object.entries(object)) {
    const signal = limitSignal(name)
    if (signal === undefined || !/^[A-Za-z][\w-]*$/.test(name.slice(signal.length + 1))) {
      const needed = 'the name of a limit is a signal, a dot and a word, such as heartRate.high'
      const hint = didYouMean(name.split('.')[0] as string, SIGNAL_NAMES)
      problems.add(at(path, name), 'RULES_SIGNAL_UNKNOWN', `${needed}${hint}`)
      continue
    }
    const checked = checkQuantity(quantity, signal, at(path, name), problems)
    if (checked !== undefined) entries.push([name, checked])
  }
  return Object.fromEntries(entries)
}
