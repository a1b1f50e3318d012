const FIRST = Date.UTC(1000, 0, 1)
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** A time in UTC with a year of four digits, as FHIR has it; of what is beyond, the first or the last there is. Devices send anything. */
export function isoTime(time: number): string {
  return new Date(Math.min(Math.max(time, FIRST), LAST)).toISOString()
}
