import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { LimitsData } from '../schema/rule-data.ts'
import { type ResolvedLimits, resolveLimits } from '../thresholds/resolve-limits.ts'
import { type Edges, followingEdges, type RuleIndex } from './rule-index.ts'

/** The limits of a patient, with the edges that follow from them. */
export interface PatientLimits extends ResolvedLimits {
  /** By slot: those that follow the patient's limits. Those that are the same for all are the index's `fixed`. */
  readonly edges: readonly Edges[]
}

/** Finds a patient's limits; each is worked out once. Equal limits are the same object. */
export class LimitTables {
  readonly #set: CompiledRuleSet
  readonly #limits: LimitsData
  readonly #byPatient = new Map<string, Map<string | undefined, PatientLimits>>()
  readonly #byWard = new Map<string, PatientLimits>()
  readonly #ofAll: PatientLimits
  readonly #index: RuleIndex
  /** Whether it matters where a patient lies. */
  readonly usesWards: boolean

  constructor(set: CompiledRuleSet, index: RuleIndex, limits: LimitsData = { default: {} }) {
    this.#set = set
    this.#index = index
    this.#limits = limits
    this.#ofAll = this.#resolve(undefined, undefined)
    for (const ward of Object.keys(limits.wards ?? {})) this.#byWard.set(ward, this.#resolve(undefined, ward))
    for (const patient of Object.keys(limits.patients ?? {})) this.#byPatient.set(patient, new Map())
    this.usesWards = this.#byWard.size > 0
  }

  of(patientId: string, ward: string | undefined): PatientLimits {
    const known = ward !== undefined && this.#byWard.has(ward) ? ward : undefined
    const own = this.#byPatient.size === 0 ? undefined : this.#byPatient.get(patientId)
    if (own === undefined) return known === undefined ? this.#ofAll : (this.#byWard.get(known) as PatientLimits)
    const cached = own.get(known)
    if (cached !== undefined) return cached
    const limits = this.#resolve(patientId, known)
    own.set(known, limits)
    return limits
  }

  #resolve(patientId: string | undefined, ward: string | undefined): PatientLimits {
    const resolved = resolveLimits(this.#set.limitNames, this.#limits, patientId, ward)
    return { ...resolved, edges: followingEdges(this.#index, resolved.values) }
  }
}
