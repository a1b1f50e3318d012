import { type OutputTag, outputTag } from '@millrace/core'
import type { RejectedReading } from './reading.ts'

/** The side output of `evaluateRules` with what was rejected. A rejected value counts as a blank. */
export const rejectedReadings: OutputTag<RejectedReading> = outputTag<RejectedReading>('rejected-readings')
