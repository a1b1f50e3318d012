import { parseRules, type Reading, type RuleChange, type RuleSet } from '@millrace/rules'

/** The rules that the job's code has: no change puts them in force again. */
export const CODE: RuleSet = parseRules(`limits default
  heart-rate.high 120 /min
alarm low
  when spo2 < 88 % for 15s
  priority high
alarm fast
  when heart-rate > limit(heart-rate.high) for 20s
alarm falling
  when mean(spo2 over 1m) < 90 %
alarm off technical
  when no temperature within 2m`)

const PATIENTS = 4
const READINGS = 6_000
const EVERY_MS = 5_000

/** Two hours of four patients, whose values go up and down at paces of their own. */
export function readings(): Reading[] {
  return Array.from({ length: READINGS }, (_, i): Reading => {
    const patient = i % PATIENTS
    const step = Math.floor(i / PATIENTS)
    const swing = (pace: number) => Math.sin((step / pace) * (1 + patient / 3))
    return {
      patientId: `p${patient}`,
      time: step * EVERY_MS + patient,
      spo2: step % 17 === 3 ? null : Math.round(90 + 6 * swing(9)),
      heartRate: Math.round(110 + 25 * swing(13)),
      ...(step % 40 < 20 && { temperature: 37 }),
    }
  })
}

/** A change of each kind, again and again: some refused, some that come twice. */
export function changes(): RuleChange[] {
  const kinds = [
    { put: 'alarm low\n  when spo2 < 90 % for 10s\n  priority high' },
    { limits: { patients: { p1: { 'heartRate.high': '100 /min' } } } },
    { disable: ['falling'] },
    { put: 'alarm low\n  when spo2 < nothing' },
    { put: 'alarm rising\n  when rise(heart-rate over 2m) > 20 /min' },
    { enable: ['falling'] },
    { limits: { patients: { p1: { 'heartRate.high': null } } }, put: 'alarm low\n  when 3 of 5 spo2 < 88 %' },
    { remove: ['rising'] },
    { put: 'alarm slow\n  when heart-rate < 90 /min for 30s' },
    { put: 'alarm slow\n  when heart-rate < 95 /min for 30s' },
  ]
  return Array.from({ length: 60 }, (_, i) => {
    const n = i % 20 === 19 ? i - 1 : i
    const at = 60_000 + n * 120_000
    return { id: `c${n}`, at, author: 'eng-7', reason: 'trial', ...kinds[n % kinds.length] } as RuleChange
  })
}
