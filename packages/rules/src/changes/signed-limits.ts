import { durationMs, durationText } from '../expression/duration.ts'
import { ownOf } from '../schema/own-of.ts'
import { at, type Problems } from '../schema/problems.ts'
import type { LimitTable } from '../schema/rule-data.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import type { SignedLimit, SignedLimits } from '../schema/signed-limit.ts'
import type { ChangedLimits, ChangeSignature, DeltaChange, TimedLimit } from './rule-change.ts'

/** A change whose limits are plain, and until when those of patients hold that do not hold for good. */
export interface TimedChange {
  readonly change: DeltaChange
  readonly untils: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Takes apart what a change says of patients' limits. */
export function takeUntils(change: DeltaChange & ChangeSignature, problems: Problems): TimedChange {
  const { limits } = change
  if (limits?.patients === undefined) return { change, untils: {} }
  const untils: Record<string, Record<string, number>> = {}
  const patients = Object.entries(Object(limits.patients) as NonNullable<typeof limits.patients>).map(
    ([who, table]) => {
      const plain = Object.entries(Object(table) as typeof table).map(([name, limit]) => {
        if (!isTimed(limit)) return [name, limit] as const
        const path = at(at('limits.patients', who), name)
        problems.unknownFields(limit, ['limit', 'until'], path)
        const { until } = limit
        if (!Number.isSafeInteger(until) || until <= change.at) {
          problems.add(at(path, 'until'), 'RULES_TYPE_INVALID', 'a time in whole ms after that of the change is needed')
        }
        untils[who] = { ...untils[who], [name]: until }
        return [name, limit.limit] as const
      })
      return [who, Object.fromEntries(plain) as ChangedLimits] as const
    },
  )
  return { change: { ...change, limits: { ...limits, patients: Object.fromEntries(patients) } }, untils }
}

function isTimed(limit: unknown): limit is TimedLimit & Readonly<Record<string, unknown>> {
  return typeof limit === 'object' && limit !== null && 'until' in limit
}

/** Who has signed which limit once a change is made: of those that it does not give, as before. */
export function signedAfter(
  before: { readonly set: RuleSet; readonly signed: SignedLimits | undefined },
  after: RuleSet,
  { author, id }: ChangeSignature,
  given: Pick<TimedChange, 'untils'> & { readonly patients: Readonly<Record<string, object>> },
): SignedLimits | undefined {
  const [old, now] = [before.set.limits?.patients ?? {}, after.limits?.patients ?? {}]
  if (old === now && Object.keys(given.patients).length === 0) return before.signed
  const signed = new Map(Object.entries(before.signed ?? {}).filter(([patient]) => Object.hasOwn(now, patient)))
  for (const [patient, table] of Object.entries(now)) {
    const [tableBefore, changed] = [ownOf(old, patient), ownOf(given.patients, patient)]
    if (tableBefore === table && changed === undefined) continue
    const known = signed.get(patient) ?? {}
    const names = Object.keys(table).flatMap((name): [string, SignedLimit][] => {
      const until = ownOf(given.untils, patient)?.[name]
      const isGiven = Object.hasOwn(changed ?? {}, name) || !isSame(tableBefore, table, name)
      if (!isGiven) return known[name] === undefined ? [] : [[name, known[name]]]
      return [[name, { author, change: id, ...(until !== undefined && { until }) }]]
    })
    if (names.length > 0) signed.set(patient, Object.fromEntries(names))
    else signed.delete(patient)
  }
  return signed.size === 0 ? undefined : Object.fromEntries(signed)
}

/**
 * Refuses a limit of a patient that a change gives for longer than the set lets it hold, or without an end; and, where a change says how long
 * it may be, also one that is in force. Asks no clock: every part of a job must come to the same.
 */
export function refuseTooLong(
  before: RuleSet,
  after: RuleSet,
  signed: SignedLimits | undefined,
  change: ChangeSignature,
  problems: Problems,
): void {
  const [old, now] = [before.limits ?? { default: {} }, after.limits ?? { default: {} }]
  if (old.own === now.own && old.patients === now.patients) return
  for (const [name, { longest }] of Object.entries(now.own ?? {})) {
    if (longest === undefined) continue
    const longestMs = durationMs(longest) as number
    const isSaidAnew = old.own?.[name]?.longest !== longest
    for (const [who, table] of Object.entries(now.patients ?? {})) {
      const own = signed?.[who]?.[name]
      if (!Object.hasOwn(table, name) || !(isSaidAnew || own?.change === change.id)) continue
      const heldMs = (own?.until ?? Infinity) - change.at
      if (heldMs <= longestMs) continue
      const got = heldMs === Infinity ? 'it has no end' : `got ${durationText(heldMs)}`
      const message = `a patient's own ${name} may hold for ${longest} at most from when the change is made; ${got}`
      problems.add(at(at('limits.patients', who), name), 'RULES_LIMIT_TOO_LONG', message)
    }
  }
}

function isSame(before: LimitTable | undefined, after: LimitTable, name: string): boolean {
  if (before === after) return true
  const [old, now] = [before?.[name], after[name]]
  return old === now || (old !== undefined && JSON.stringify(old) === JSON.stringify(now))
}
