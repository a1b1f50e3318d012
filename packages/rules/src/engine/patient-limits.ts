import { ownOf } from '../schema/own-of.ts'
import type { LimitsData } from '../schema/rule-data.ts'
import type { SignedLimits } from '../schema/signed-limit.ts'
import { type ResolvedLimits, resolveLimits } from '../thresholds/resolve-limits.ts'
import { LimitRows, UNRESOLVED } from './limit-rows.ts'
import type { RuleLists } from './rule-lists.ts'

/** What patients' limits are found by. */
export interface LimitsGiven {
  readonly names: readonly string[]
  readonly limits: LimitsData | undefined
  readonly signed: SignedLimits | undefined
  /** The edges that limits move; see `RuleIndex`. */
  readonly following: RuleLists
}

/** @param previous the tables of another version: the same, or what is the same of them. */
export function limitTables(given: LimitsGiven, previous?: LimitTables): LimitTables {
  if (previous === undefined || !isAlike(given, previous.given)) return new LimitTables(given)
  const { limits, signed } = previous.given
  return limits === given.limits && signed === given.signed ? previous : new LimitTables(given, previous)
}

/** Whether limits have the same names, and edges the same places. */
function isAlike(one: LimitsGiven, other: LimitsGiven): boolean {
  return isSame(one.names, other.names) && isSame(placesOf(one.following), placesOf(other.following))
}

/** Slots may have other numbers: what counts is which edges are of one. */
function placesOf({ slots, at }: RuleLists): readonly number[] {
  return [...at, ...new Set(slots)]
}

function isSame<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((one, i) => one === right[i])
}

/** Finds a patient's limits; each is worked out once, and known by the number of its row then. */
export class LimitTables {
  readonly given: LimitsGiven
  readonly #limits: LimitsData
  readonly #signed: SignedLimits
  readonly #rows: LimitRows
  readonly #ofAll: number
  readonly #byWard: Map<string, number>
  /** Of patients with limits of their own, those who lie nowhere that has some; `UNRESOLVED` before they are asked for. */
  readonly #byPatient = new Map<string, number>()
  readonly #byPatientInWard = new Map<string, Map<string, number>>()
  /** Whether it matters where a patient lies. */
  readonly usesWards: boolean
  /** Whether any limit holds for a time only. */
  readonly hasTimed: boolean

  /** @param before tables with limits of the same names and edges at the same places. */
  constructor(given: LimitsGiven, before?: LimitTables) {
    const { limits = { default: {} }, signed = {} } = given
    this.given = given
    this.#limits = limits
    this.#signed = signed
    this.hasTimed = Object.values(signed).some((own) => Object.values(own).some(({ until }) => until !== undefined))
    const like = before?.isLike(limits) === true ? before : undefined
    if (like === undefined) {
      this.#rows = new LimitRows(given.following)
      this.#ofAll = this.#resolve(undefined, undefined, -Infinity)
      const wards = Object.keys(limits.wards ?? {})
      this.#byWard = new Map(wards.map((ward) => [ward, this.#resolve(undefined, ward, -Infinity)]))
    } else {
      this.#rows = like.#rows
      this.#ofAll = like.#ofAll
      this.#byWard = like.#byWard
    }
    for (const patient of Object.keys(limits.patients ?? {})) this.#begin(patient, like)
    this.usesWards = this.#byWard.size > 0
  }

  /** Whether rows can be added to these: the same holds for all, and there is not more that nobody needs than there is that somebody does. */
  isLike({ default: defaults, wards = {}, patients = {} }: LimitsData): boolean {
    const { default: ownDefaults, wards: ownWards = {} } = this.#limits
    const names = Object.keys(wards)
    return (
      defaults === ownDefaults &&
      isSame(names, Object.keys(ownWards)) &&
      names.every((ward) => wards[ward] === ownWards[ward]) &&
      this.#rows.length <= 2 * Object.keys(patients).length + WASTED
    )
  }

  /** The number of a patient's limits. */
  of(patientId: string, ward: string | undefined): number {
    const inWard = ward === undefined ? undefined : this.#byWard.get(ward)
    const own = this.#byPatient.size === 0 ? undefined : this.#byPatient.get(patientId)
    if (own === undefined) return inWard ?? this.#ofAll
    if (inWard !== undefined) return this.#inWard(patientId, ward as string)
    if (own !== UNRESOLVED) return own
    const row = this.#resolve(patientId, undefined, -Infinity)
    this.#byPatient.set(patientId, row)
    return row
  }

  /** Until when, by the job's clock, the limits of a number hold; Infinity where for good. */
  untilOf(row: number): number {
    return this.#rows.untilOf(row)
  }

  /** What holds from then on. */
  nextOf(row: number): number {
    const known = this.#rows.nextOf(row)
    if (known !== UNRESOLVED) return known
    const { patientId, ward } = this.#rows.whoseAt(row)
    const next = this.#resolve(patientId, ward, this.untilOf(row))
    this.#rows.setNext(row, next)
    return next
  }

  /** What of them holds at a time of the job's clock. */
  at(row: number, now: number): number {
    let found = row
    while (this.untilOf(found) <= now) found = this.nextOf(found)
    return found
  }

  limitsAt(row: number): ResolvedLimits {
    return this.#rows.limitsAt(row)
  }

  /** Where the nth edge of `following` is, in the order that it has for these limits: those of a slot are beside each other and ascend. */
  edgeAt(row: number, nth: number): number {
    return this.#rows.edgeAt(row, nth)
  }

  /** Its place in `following`. */
  placeAt(row: number, nth: number): number {
    return this.#rows.placeAt(row, nth)
  }

  /** A patient whose limits are the very ones that they were has the rows that they had. */
  #begin(patientId: string, like: LimitTables | undefined): void {
    const isKnown =
      like !== undefined &&
      ownOf(this.#limits.patients, patientId) === ownOf(like.#limits.patients, patientId) &&
      ownOf(this.#signed, patientId) === ownOf(like.#signed, patientId)
    this.#byPatient.set(patientId, (isKnown ? like.#byPatient.get(patientId) : undefined) ?? UNRESOLVED)
    const wards = isKnown ? like.#byPatientInWard.get(patientId) : undefined
    if (wards !== undefined) this.#byPatientInWard.set(patientId, wards)
  }

  #inWard(patientId: string, ward: string): number {
    const wards = this.#byPatientInWard.get(patientId) ?? new Map<string, number>()
    this.#byPatientInWard.set(patientId, wards)
    const row = wards.get(ward) ?? this.#resolve(patientId, ward, -Infinity)
    wards.set(ward, row)
    return row
  }

  #resolve(patientId: string | undefined, ward: string | undefined, after: number): number {
    const signed = ownOf(this.#signed, patientId)
    const limits = resolveLimits(this.given.names, this.#limits, patientId, ward, signed, after)
    return this.#rows.add({ patientId, ward }, limits)
  }
}

/** How many rows there may be beyond those that are needed. */
const WASTED = 1_000
