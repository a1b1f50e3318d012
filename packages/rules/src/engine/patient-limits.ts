import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { LimitsData } from '../schema/rule-data.ts'
import { type ResolvedLimits, resolveLimits } from '../thresholds/resolve-limits.ts'
import { type FollowingEdges, followingEdges, type RuleIndex } from './rule-index.ts'

/** The limits of a patient, with the edges that follow from them. */
export interface PatientLimits extends ResolvedLimits {
  /** Those that follow the patient's limits. Those that are the same for all are the index's `fixed`. */
  readonly edges: FollowingEdges
}

/** Finds a patient's limits; each is worked out once. Equal limits are the same object. */
export class LimitTables {
  readonly #set: CompiledRuleSet
  readonly #limits: LimitsData
  /** Of patients with limits of their own, those who lie nowhere that has some. */
  readonly #byPatient = new Map<string, PatientLimits | undefined>()
  readonly #byPatientInWard = new Map<string, Map<string, PatientLimits>>()
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
    for (const patient of Object.keys(limits.patients ?? {})) this.#byPatient.set(patient, undefined)
    this.usesWards = this.#byWard.size > 0
  }

  of(patientId: string, ward: string | undefined): PatientLimits {
    const known = ward === undefined ? undefined : this.#byWard.get(ward)
    if (this.#byPatient.size === 0) return known ?? this.#ofAll
    const own = this.#byPatient.get(patientId)
    if (own === undefined && !this.#byPatient.has(patientId)) return known ?? this.#ofAll
    if (known !== undefined) return this.#inWard(patientId, ward as string)
    if (own !== undefined) return own
    const limits = this.#resolve(patientId, undefined)
    this.#byPatient.set(patientId, limits)
    return limits
  }

  #inWard(patientId: string, ward: string): PatientLimits {
    const wards = this.#byPatientInWard.get(patientId) ?? new Map<string, PatientLimits>()
    this.#byPatientInWard.set(patientId, wards)
    const limits = wards.get(ward) ?? this.#resolve(patientId, ward)
    wards.set(ward, limits)
    return limits
  }

  #resolve(patientId: string | undefined, ward: string | undefined): PatientLimits {
    const resolved = resolveLimits(this.#set.limitNames, this.#limits, patientId, ward)
    return { ...resolved, edges: followingEdges(this.#index, resolved.values) }
  }
}
