import type { AlarmEvent } from './alarm-event.ts'

/**
 * What is found out later about an alarm, from readings that came late: that it never was (`retracted`), or more about it
 * (`annotated`, in `why`). Neither pages; who was told of a retracted alarm is told that it was taken back.
 */
export interface AlarmCorrection extends Omit<AlarmEvent, 'event'> {
  readonly event: 'annotated' | 'retracted'
}
