import { and, limit, type RuleSet, type RuleWords, rule, ruleSet } from '@millrace/rules'
import type { Made } from '../../harness/benchmark.ts'
import { randomFrom } from '../../harness/random.ts'

/** A reading of two signals. */
export interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number
  readonly spo2: number
}

export interface Mix {
  readonly rules: RuleSet
  readonly readings: readonly Reading[]
  /** How many of them come before what is measured. */
  readonly before: number
}

const EVERY_MS = 2_000
/** Readings of each patient until its windows are full and what alarms at first has alarmed. */
const BEFORE = 20
const LIMITS = 10

/**
 * So many rules of mixed kinds, and readings of so many patients who each have limits of their own. The rules' limits lie one after the
 * other; a patient's values go to and fro among the lowest hundredth of them, so that each reading takes at least one rule's condition
 * over its limit or back, and about one rule in a hundred is alarming. What is measured begins when each patient is known.
 */
export function makeMix(count: number, patients: number, readingsEach: number): Made<Mix> {
  const random = randomFrom(7)
  const ids = Array.from({ length: patients }, (_, i) => `patient-${i}`)
  const own = Object.fromEntries(ids.map((id) => [id, ownLimits(random)]))
  const rules = ruleSet(
    Array.from({ length: count }, (_, i) => ruleOf(i, count)),
    { limits: { default: ownLimits(() => 0.5), patients: own } },
  )
  const phases = ids.map(() => random() * 2 * Math.PI)
  const readings: Reading[] = []
  for (let j = 0; j < readingsEach; j++) {
    for (const [i, patientId] of ids.entries()) {
      const at = placeOf(j, count, readingsEach, phases[i] as number) + random() * 0.2
      const time = 1_700_000_000_000 + j * EVERY_MS
      readings.push({ patientId, time, heartRate: heartRateAt(at / count), spo2: spo2At(at / count) })
    }
  }
  const before = BEFORE * patients
  return { data: { rules, readings, before }, events: readings.length - before }
}

/** Among which rules the values of a patient's reading lie: those with a lower place hold. */
export function placeOf(j: number, count: number, readingsEach: number, phase: number): number {
  const wave = Math.sin((4 * Math.PI * j) / readingsEach + phase)
  // Of fewer than a hundred rules a hundredth is less than one: the first is alarming at times.
  const around = count >= 100 ? count / 100 : wave > 0.81 ? 1.5 : 0.5
  return around * (1 + 0.05 * wave) + (j % 2 === 0 ? 0.9 : -0.9)
}

function ruleOf(i: number, count: number): RuleWords {
  const beats = `${heartRateAt(i / count)} /min` as const
  const share = `${spo2At(i / count)} %` as const
  const start = rule(`r${i}`)
  switch (i % 10) {
    case 3:
      return start.when((v) => v.heartRate.above(beats))
    case 4:
    case 5:
      return start.when((v) => v.spo2.below(share)).for('5s')
    case 6:
      return start.when((v) => v.heartRate.above(limit(`heartRate.own${Math.floor(i / LIMITS) % LIMITS}`))).for('5s')
    case 7:
      return start.when((v) => and(v.heartRate.above(beats), v.spo2.below(share))).for('5s')
    case 8:
      return start.when((v) => v.heartRate.count(3).of(5).above(beats))
    case 9:
      return start.when((v) => v.heartRate.mean('30s').above(beats))
    default:
      return start.when((v) => v.heartRate.above(beats)).for('5s')
  }
}

function ownLimits(random: () => number): Record<`heartRate.${string}`, `${number} /min`> {
  const entries = Array.from({ length: LIMITS }, (_, k) => {
    return [`heartRate.own${k}`, `${heartRateAt(((k + 1) / LIMITS) * (0.8 + 0.4 * random()))} /min`] as const
  })
  return Object.fromEntries(entries)
}

function heartRateAt(share: number): number {
  return Math.round((60 + 100 * share) * 1e6) / 1e6
}

function spo2At(share: number): number {
  return Math.round((100 - 40 * share) * 1e6) / 1e6
}
