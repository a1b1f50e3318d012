import { durationText } from '../expression/duration.ts'
import { limitSignal } from '../expression/limit-name.ts'
import { type Quantity, quantityText } from '../expression/quantity.ts'
import type { Signal } from '../expression/signals.ts'
import { toCanonicalUnit } from '../expression/units.ts'
import type { KnownParts } from './known-parts.ts'
import { checkDuration } from './parse-duration.ts'
import { checkQuantity } from './parse-quantity.ts'
import { at, describe, type Problems } from './problems.ts'
import type { LimitTable, OwnLimit, OwnLimits } from './rule-data.ts'

/** What patients' own limits may be, of those that have a default. */
export function checkOwnLimits(
  value: unknown,
  path: string,
  names: readonly string[],
  problems: Problems,
): OwnLimits | undefined {
  const entries: [string, OwnLimit][] = []
  for (const [name, own] of Object.entries(problems.object(value, path) ?? {})) {
    const where = at(path, name)
    const signal = limitSignal(name)
    if (signal === undefined || !names.includes(name)) {
      const misnamed = { written: name, known: () => names }
      problems.add(where, 'RULES_LIMIT_UNKNOWN', `limit ${describe(name)} has no default`, misnamed)
      continue
    }
    const checked = checkOwnLimit(own, signal, where, problems)
    if (checked !== undefined) entries.push([name, checked])
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function checkOwnLimit(value: unknown, signal: Signal, path: string, problems: Problems): OwnLimit | undefined {
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  problems.unknownFields(object, ['between', 'longest'], path)
  if (object.between === undefined && object.longest === undefined) {
    return problems.add(path, 'RULES_FIELD_MISSING', 'between or longest is needed')
  }
  const between =
    object.between === undefined ? undefined : checkRange(object.between, signal, at(path, 'between'), problems)
  const ms = object.longest === undefined ? undefined : checkDuration(object.longest, at(path, 'longest'), problems)
  if (ms === 0) problems.add(at(path, 'longest'), 'RULES_DURATION_INVALID', 'a limit holds for a time above zero')
  return { ...(between && { between }), ...(ms !== undefined && { longest: durationText(ms) }) }
}

function checkRange(value: unknown, signal: Signal, path: string, problems: Problems): OwnLimit['between'] {
  const array = problems.array(value, path)
  if (array === undefined) return undefined
  if (array.length !== 2) return problems.add(path, 'RULES_TYPE_INVALID', `two ends are needed, got ${array.length}`)
  const low = checkQuantity(array[0], signal, at(path, 0), problems)
  const high = checkQuantity(array[1], signal, at(path, 1), problems)
  if (low === undefined || high === undefined) return undefined
  if (inCanonicalUnit(low) <= inCanonicalUnit(high)) return [low, high]
  return problems.add(path, 'RULES_RANGE_EMPTY', 'the lower end is above the upper end')
}

/** Refuses limits of patients beyond what their own may be, and, of a set by itself, those that need an end and have none. */
export function refuseBeyond(
  patients: Readonly<Record<string, LimitTable>>,
  own: OwnLimits,
  path: string,
  known: Pick<KnownParts, 'hasLimits' | 'knowsEnds'>,
  problems: Problems,
): void {
  const bounds = Object.entries(own)
  const isKnown = known.hasLimits(own)
  for (const [who, table] of Object.entries(patients)) {
    if (isKnown && known.hasLimits(table)) continue
    for (const [name, bound] of bounds) {
      const limit = Object.hasOwn(table, name) ? table[name] : undefined
      if (limit === undefined) continue
      const where = at(at(path, who), name)
      refuseOutside(name, limit, bound, where, problems)
      if (known.knowsEnds || bound.longest === undefined) continue
      const message = `a patient's own ${name} may hold for ${bound.longest} at most, and here it has no end`
      problems.add(where, 'RULES_LIMIT_TOO_LONG', message)
    }
  }
}

function refuseOutside(name: string, limit: Quantity, { between }: OwnLimit, path: string, problems: Problems): void {
  if (between === undefined) return
  const [low, value, high] = [between[0], limit, between[1]].map(inCanonicalUnit) as [number, number, number]
  if (value >= low && value <= high) return
  const range = between.map(quantityText).join(' to ')
  const message = `a patient's own ${name} may be ${range}, got ${quantityText(limit)}`
  problems.add(path, 'RULES_LIMIT_OUT_OF_RANGE', message)
}

function inCanonicalUnit({ value, unit }: Quantity): number {
  return toCanonicalUnit(value, unit) as number
}
