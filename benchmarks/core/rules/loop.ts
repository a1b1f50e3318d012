import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import type { Vitals } from './data.ts'
import { thresholds } from './thresholds.ts'

/** Of one rule and patient: is it raised, and since when has what it waits for been true (NaN: it is not). */
interface Alarm {
  raised: boolean
  since: number
}

/** Each reading through all rules of its patient. A delay that has run out between two readings is found at the second. */
export const run: Run<readonly Vitals[]> = (readings) => {
  const out = new Checksum()
  const patients = new Map<string, Alarm[]>()

  for (let i = 0; i < readings.length; i++) {
    const reading = readings[i] as Vitals
    const { time } = reading
    let alarms = patients.get(reading.patientId)
    if (alarms === undefined) {
      alarms = thresholds.map(() => ({ raised: false, since: Number.NaN }))
      patients.set(reading.patientId, alarms)
    }
    for (let r = 0; r < thresholds.length; r++) {
      const rule = thresholds[r] as (typeof thresholds)[number]
      const alarm = alarms[r] as Alarm
      // What was known before holds up to this reading, which itself belongs to the time that is asked for.
      let due = alarm.since + (alarm.raised ? rule.clearS : rule.delayS) * 1_000
      if (due < time) change(out, alarm, r, due)
      const value = reading[rule.signal]
      const isTrue =
        rule.direction === 'above'
          ? alarm.raised
            ? value <= rule.clearLimit
            : value > rule.limit
          : alarm.raised
            ? value >= rule.clearLimit
            : value < rule.limit
      if (!isTrue) {
        alarm.since = Number.NaN
        continue
      }
      if (Number.isNaN(alarm.since)) alarm.since = time
      due = alarm.since + (alarm.raised ? rule.clearS : rule.delayS) * 1_000
      if (due <= time) change(out, alarm, r, due)
    }
  }
  return out.outcome()
}

function change(out: Checksum, alarm: Alarm, rule: number, due: number): void {
  alarm.raised = !alarm.raised
  alarm.since = Number.NaN
  out.add(due, rule, alarm.raised ? 1 : 0, 1)
}
