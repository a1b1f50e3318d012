import type { PatientView } from '../compile/patient-view.ts'
import type { ResolvedLimits } from '../thresholds/resolve-limits.ts'
import type { LimitTables } from './patient-limits.ts'

/** What is known of the patient at hand, and the limits that hold for it, which are found where they are asked for. */
export class PatientNow implements PatientView {
  readonly #tables: LimitTables
  vitals: Float64Array
  /** The number of the patient's limits. */
  row = 0

  constructor(tables: LimitTables, vitals: Float64Array) {
    this.#tables = tables
    this.vitals = vitals
  }

  get limits(): readonly number[] {
    return this.explained.values
  }

  get explained(): ResolvedLimits {
    return this.#tables.limitsAt(this.row)
  }
}
