import { type KeyedProcessFunction, keyedProcess, mapState, outputTag } from '@millrace/core'
import type { Reject } from '@millrace/core/connector'
import { type Reading, type Received, VITAL_NAMES, VITALS, type Vital } from './reading.ts'

/** Whether a device's clock can be believed, against the time at which the reading was received. */
export type ClockCheck = 'right' | 'ahead' | 'behind'

/** A reading as it is staged: what no living body has is blanked, and what was found is said. */
export interface CleanReading extends Received {
  readonly clock: ClockCheck
  /** Vitals whose value was impossible, and is blank now. */
  readonly impossible: readonly Vital[]
}

/** Copies of readings that were taken already. */
export const duplicates = outputTag<Reject>('duplicates')

/** The same line again within this time of its first arrival is a copy. */
const REMEMBER_MS = 300_000
/** A device further ahead than this of the time of arrival, or further behind than that, has its clock wrong. */
const AHEAD_MS = 60_000
const BEHIND_MS = 86_400_000

interface Seen {
  readonly receivedAt: number
  readonly lines: readonly string[]
}

/**
 * Takes copies out, blanks impossible values and checks clocks. Keeps, for each patient, the lines of the last five minutes by
 * their reading's time.
 */
export function cleanReadings(): KeyedProcessFunction<
  string,
  Received,
  CleanReading,
  { seen: ReturnType<typeof mapState<number, Seen>> }
> {
  return keyedProcess<Received, CleanReading>()({
    state: { seen: mapState<number, Seen>() },
    sideOutputs: [duplicates],
    processRecord(received, ctx) {
      const { reading, raw } = received
      const { seen } = ctx.state
      for (const [time, { receivedAt }] of seen.entries()) {
        if (receivedAt > reading.receivedAt - REMEMBER_MS) break
        seen.remove(time)
      }
      const before = seen.get(reading.time)
      if (before?.lines.includes(raw)) {
        const { split, position } = received
        ctx.metrics.counter('duplicates').add(1)
        ctx.emitTo(duplicates, { split, position, raw, code: 'duplicate', reason: 'the same line was read already' })
        return
      }
      seen.put(reading.time, {
        receivedAt: before?.receivedAt ?? reading.receivedAt,
        lines: before === undefined ? [raw] : [...before.lines, raw],
      })
      const clean = checked(received)
      if (clean.clock !== 'right') ctx.metrics.counter(`clock.${clean.clock}`).add(1)
      if (clean.impossible.length > 0) ctx.metrics.counter('impossible').add(1)
      for (const vital of clean.impossible) ctx.metrics.counter(`impossible.${vital}`).add(1)
      if (reading.converted.length > 0) ctx.metrics.counter('converted').add(1)
      ctx.emit(clean)
    },
  })
}

const NONE: readonly Vital[] = []

function checked(received: Received): CleanReading {
  const { reading } = received
  let impossible: Vital[] | undefined
  for (const vital of VITAL_NAMES) {
    const value = reading[vital]
    if (typeof value !== 'number') continue
    const { least, most } = VITALS[vital]
    // Zero is what a monitor writes where it has no signal: a matter for the rules, not for cleaning.
    if (value === 0 || (value >= least && value <= most)) continue
    impossible ??= []
    impossible.push(vital)
  }
  const clock = clockOf(reading)
  if (impossible === undefined) return { ...received, clock, impossible: NONE }
  const blanks = Object.fromEntries(impossible.map((vital) => [vital, null]))
  return { ...received, reading: { ...reading, ...blanks }, clock, impossible }
}

function clockOf({ time, receivedAt }: Reading): ClockCheck {
  if (time > receivedAt + AHEAD_MS) return 'ahead'
  return time < receivedAt - BEHIND_MS ? 'behind' : 'right'
}
