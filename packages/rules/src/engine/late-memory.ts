import type { AlarmNumbers } from './alarm-cells.ts'
import type { PatientHistory } from './patient-history.ts'
import type { PatientCells } from './patient-host.ts'
import { CLOCK, SETTLED } from './patient-state.ts'
import type { Reading } from './reading.ts'

/** From when to when an alarm was raised, by event time; Infinity where it still is. */
export interface Span {
  readonly raised: number
  readonly cleared: number
}

/** An alarm by what is known now. */
export interface TrueAlarm extends Span {
  /** What it is about: its rule's id; that the rule failed, or is blind, by the id, `!` and the code. */
  readonly slot: string
}

/** An alarm by what was told. */
export interface ToldAlarm extends Span {
  readonly slot: string
  /** What its id is made from: see `alarmId`. */
  readonly began: number
  readonly isRetracted: boolean
  /** When it was raised, by what was told of that until now. */
  readonly known: readonly Span[]
}

/** What a reading says that rules can use, and its place among the others. */
export interface LoggedReading {
  /** Its time; of one that came too late to be put in its place, the patient's clock when it came. */
  readonly at: number
  readonly reading: Reading
}

/** What was remembered of a patient at a moment. Nothing of it is written any more. */
export interface PatientMoment {
  readonly vitals: Float64Array | undefined
  readonly history: PatientHistory | undefined
  readonly alarms: AlarmNumbers | undefined
  readonly faults: Readonly<Record<string, number>> | undefined
  readonly texts: Readonly<Record<string, string>> | undefined
  readonly truth: readonly TrueAlarm[]
}

/** Readings, in the order of arrival: in pieces, since a list is made anew with each that is added. */
export type ReadingLog = readonly (readonly LoggedReading[])[]

/** The readings since a moment, none of which is late for it. */
export interface LogSegment {
  readonly from: PatientMoment
  readonly log: ReadingLog
}

/**
 * What late readings need of a patient. Plain data that is never written in place.
 *
 * ```
 *   event time   ── from ──── log ──── from ──── log ──── clock
 *                     └ one or two segments: back to `allowedLateness` before the clock, and at most as much again ┘
 * ```
 */
export interface LateMemory {
  /** The patient's clock by the last reading. */
  readonly clock: number
  readonly segments: readonly LogSegment[]
  readonly told: readonly ToldAlarm[]
  readonly truth: readonly TrueAlarm[]
}

const PIECE = 32

export function withReading(log: ReadingLog, entry: LoggedReading): ReadingLog {
  const last = log.at(-1)
  if (last === undefined || last.length === PIECE) return [...log, [entry]]
  return [...log.slice(0, -1), [...last, entry]]
}

/** In the order of event time; those of one time in the order of arrival. */
export function inOrder(log: ReadingLog): LoggedReading[] {
  return log.flat().sort((a, b) => a.at - b.at)
}

/** Whether more is settled of a patient than up to a time: then a reading of that time is late. */
export function isLateFor(vitals: Float64Array | undefined, time: number): boolean {
  if (vitals === undefined) return false
  // At whole ms: what is settled up to a time, that included, is settled up to half a ms later.
  return time < (vitals[CLOCK] as number) || time + 0.5 < (vitals[SETTLED] as number)
}

/** A patient as they are now, apart from what is written in place. */
export function momentOf(state: PatientCells, truth: readonly TrueAlarm[]): PatientMoment {
  return {
    vitals: state.vitals.get()?.slice(),
    history: state.history.get()?.slice(),
    alarms: state.alarms.get()?.slice(),
    faults: state.faults.get(),
    texts: state.texts.get(),
    truth,
  }
}

/** Leaves out what was over before a time, and so is every alarm that it touches, or that touches one of those. */
export function since<T extends Pick<LateMemory, 'told' | 'truth'>>(
  time: number,
  { told, truth }: T,
): Pick<LateMemory, 'told' | 'truth'> {
  const kept = new Set<Span>()
  const slots = new Set([...told, ...truth].map(({ slot }) => slot))
  for (const slot of slots) {
    const spans = [...told, ...truth].filter((one) => one.slot === slot).sort((a, b) => a.raised - b.raised)
    let together: Span[] = []
    let end = -Infinity
    const close = (): void => {
      if (end >= time) for (const span of together) kept.add(span)
    }
    for (const span of spans) {
      if (span.raised > end) {
        close()
        together = []
      }
      together.push(span)
      end = Math.max(end, span.cleared)
    }
    close()
  }
  return { told: told.filter((one) => kept.has(one)), truth: truth.filter((one) => kept.has(one)) }
}
