import { sha256 } from '../schema/sha-256.ts'

/**
 * An alarm's identity: 32 hexadecimal digits, from what it is about and since when. A replay, a restart and another machine
 * give the same alarm the same id, so nobody is paged twice and every sink can tell a repeat.
 *
 * @param rule the rule's id; where the rule itself failed, its id, `!` and the code of the error: that is another alarm.
 * @param since when what is alarmed about became true: of a condition the start of its run, else the alarm's own time.
 * @example
 * ```ts
 * import { alarmId } from '@millrace/rules'
 *
 * alarmId('spo2-low', 'p1', 1_000) // => '3bab2fcef6e744cc3dba683a47406d8e'
 * ```
 */
export function alarmId(rule: string, patientId: string, since: number): string {
  return sha256(JSON.stringify([rule, patientId, since])).slice(0, 32)
}
