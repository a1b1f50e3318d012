import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { LimitsData } from '../schema/rule-data.ts'
import type { SignedLimits } from '../schema/signed-limit.ts'
import { type ResolvedLimits, resolveLimits } from '../thresholds/resolve-limits.ts'
import { type FollowingEdge, followingInOrder, type RuleIndex } from './rule-index.ts'

/**
 * Finds a patient's limits; each is worked out once, and known by a number then. Where the edges lie that follow limits stands in one array for
 * all, a row for each number: it is looked at with every reading, and limits themselves with few.
 */
export class LimitTables {
  readonly #set: CompiledRuleSet
  readonly #index: RuleIndex
  readonly #limits: LimitsData
  readonly #rows: ResolvedLimits[] = []
  /** For each edge, slot by slot and ascending, where it is and its place in the index. */
  #edges = new Float64Array(0)
  readonly #width: number
  readonly #ofAll: number
  readonly #byWard = new Map<string, number>()
  /** Of patients with limits of their own, those who lie nowhere that has some; `UNRESOLVED` before they are asked for. */
  readonly #byPatient = new Map<string, number>()
  readonly #byPatientInWard = new Map<string, Map<string, number>>()
  /** Whether it matters where a patient lies. */
  readonly usesWards: boolean

  /** Whether any limit holds for a time only. */
  readonly hasTimed: boolean
  readonly #signed: SignedLimits
  /** By number: whose they are, from when on, until when they hold, and what holds then; `UNRESOLVED` before that is asked for. */
  readonly #whose: Whose[] = []
  readonly #until: number[] = []
  readonly #next: number[] = []

  constructor(set: CompiledRuleSet, index: RuleIndex, limits: LimitsData = { default: {} }, signed: SignedLimits = {}) {
    this.#signed = signed
    this.hasTimed = Object.values(signed).some((own) => Object.values(own).some(({ until }) => until !== undefined))
    this.#set = set
    this.#index = index
    this.#limits = limits
    this.#width = 2 * index.following.length
    this.#ofAll = this.#resolve(undefined, undefined, -Infinity)
    for (const ward of Object.keys(limits.wards ?? {}))
      this.#byWard.set(ward, this.#resolve(undefined, ward, -Infinity))
    for (const patient of Object.keys(limits.patients ?? {})) this.#byPatient.set(patient, UNRESOLVED)
    this.usesWards = this.#byWard.size > 0
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
    return this.#until[row] as number
  }

  /** What holds from then on. */
  nextOf(row: number): number {
    const known = this.#next[row] as number
    if (known !== UNRESOLVED) return known
    const { patientId, ward } = this.#whose[row] as Whose
    const next = this.#resolve(patientId, ward, this.untilOf(row))
    this.#next[row] = next
    return next
  }

  /** What of them holds at a time of the job's clock. */
  at(row: number, now: number): number {
    let found = row
    while (this.untilOf(found) <= now) found = this.nextOf(found)
    return found
  }

  limitsAt(row: number): ResolvedLimits {
    return this.#rows[row] as ResolvedLimits
  }

  /** Where an edge is, by its place in order: those of a slot are beside each other and ascend. */
  edgeAt(row: number, place: number): number {
    return this.#edges[row * this.#width + 2 * place] as number
  }

  /** What stands at that edge. */
  rulesAt(row: number, place: number): FollowingEdge['rules'] {
    const which = this.#edges[row * this.#width + 2 * place + 1] as number
    return (this.#index.following[which] as FollowingEdge).rules
  }

  #inWard(patientId: string, ward: string): number {
    const wards = this.#byPatientInWard.get(patientId) ?? new Map<string, number>()
    this.#byPatientInWard.set(patientId, wards)
    const row = wards.get(ward) ?? this.#resolve(patientId, ward, -Infinity)
    wards.set(ward, row)
    return row
  }

  #resolve(patientId: string | undefined, ward: string | undefined, after: number): number {
    const signed = patientId !== undefined && Object.hasOwn(this.#signed, patientId) ? this.#signed[patientId] : {}
    const resolved = resolveLimits(this.#set.limitNames, this.#limits, patientId, ward, signed, after)
    this.#whose.push({ patientId, ward })
    this.#until.push(Math.min(...resolved.signed.map((one) => one?.until ?? Infinity)))
    this.#next.push(UNRESOLVED)
    const row = this.#rows.push(resolved) - 1
    const start = row * this.#width
    if (start + this.#width > this.#edges.length) {
      const longer = new Float64Array(Math.max(16, this.#rows.length * 2) * this.#width)
      longer.set(this.#edges)
      this.#edges = longer
    }
    for (const [i, { which, at }] of followingInOrder(this.#index, resolved.values).entries()) {
      this.#edges[start + 2 * i] = at
      this.#edges[start + 2 * i + 1] = which
    }
    return row
  }
}

interface Whose {
  readonly patientId: string | undefined
  readonly ward: string | undefined
}

const UNRESOLVED = -1
