import type { RejectedAction } from './alarm-action.ts'
import { actionOf } from './check-action.ts'

/**
 * The rejection of an action that does not say whose alarms it is about; undefined for one that does. It came over a wire: its type is a
 * claim. It belongs to no patient, so it stands in no audit.
 */
export function ofNoPatient(given: unknown, time: number): RejectedAction | undefined {
  const { patientId } = Object(given) as { readonly patientId?: unknown }
  if (typeof patientId === 'string' && patientId !== '') return undefined
  return { patientId: '', action: actionOf(given), code: 'ACTION_PATIENT_INVALID', time }
}
