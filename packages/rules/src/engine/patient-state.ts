import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import { COUNTED_FROM, channelOffsets, HELD_NONZERO_TIME, HELD_TIME, TIME } from '../compile/layout.ts'

// The header of a patient's vitals.
/** Says which rule set laid the numbers out. */
export const FINGERPRINT = 0
/** The patient's clock: the greatest event time among the readings. */
export const CLOCK = 1
/** The job's clock when the reading of that time arrived; NaN in a replay, where nothing is extrapolated. */
export const ARRIVAL = 2
/** The job's clock when the patient's first reading arrived; -Infinity before. */
export const FIRST = 3
/** No rule is due before this; Infinity where nothing is pending. */
export const DUE = 4
/** The earliest timer that is set for what is due, and for silences; Infinity where none is. */
export const DUE_TIMER = 5
export const SILENCE_TIMER = 6
/** How many alarms of silence are raised. */
export const SILENT = 7
/** How many rules have failed and not been evaluated since: as long as there are any, no reading is passed over. */
export const FAULTS = 8
/** On the patient's clock: what turns by itself before this has been settled. */
export const SETTLED = 9
/** On the job's clock: when limits that hold for a time were looked at last, and when a timer is set for the next of them to end. */
export const LIMITS_AT = 10
export const LIMITS_TIMER = 11
/** On the patient's clock: when it was said last where the patient lies, where limits follow the ward, and since when the limits are what they are. */
export const WARD_AT = 12
export const LIMITS_SINCE = 13
export const HEADER_LENGTH = 14

/** The vitals as they were before it was kept when limits began to hold, brought up to now. */
export function withLimitTimes(vitals: Float64Array): Float64Array {
  const longer = new Float64Array(vitals.length + HEADER_LENGTH - WARD_AT).fill(-Infinity)
  longer.set(vitals.subarray(0, WARD_AT))
  longer.set(vitals.subarray(WARD_AT), HEADER_LENGTH)
  return longer
}

/** The vitals of a patient of whom nothing is known. */
export function blankVitals({ version, layout }: CompiledRuleSet): Float64Array {
  const fingerprint = Number.parseInt(version.slice('sha256:'.length, 'sha256:'.length + 12), 16)
  const vitals = new Float64Array(layout.vitalsLength).fill(Number.NaN)
  vitals[FINGERPRINT] = fingerprint
  for (const i of [
    CLOCK,
    FIRST,
    SETTLED,
    LIMITS_AT,
    WARD_AT,
    LIMITS_SINCE,
    ...layout.seen.flatMap(({ offset }) => [offset, offset + COUNTED_FROM]),
  ])
    vitals[i] = -Infinity
  for (const i of [DUE, DUE_TIMER, SILENCE_TIMER, LIMITS_TIMER]) vitals[i] = Infinity
  for (const i of [SILENT, FAULTS]) vitals[i] = 0
  const attributes = new Set(layout.attributes.map(({ offset }) => offset))
  for (const offset of channelOffsets(layout)) {
    vitals[offset + TIME] = -Infinity
    if (!layout.holds || attributes.has(offset)) continue
    vitals[offset + HELD_TIME] = -Infinity
    vitals[offset + HELD_NONZERO_TIME] = -Infinity
  }
  for (const { offset } of layout.windows) vitals[offset] = 0
  return vitals
}
