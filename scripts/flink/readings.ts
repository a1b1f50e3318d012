import type { Reading } from './flink-job.ts'

/** How far behind the newest a reading may be and still be in time: both sides hold their watermark so. */
export const OUT_OF_ORDERNESS_MS = 5_000

const PATIENTS = ['p1', 'p2', 'p3', 'p10', '', ' p1', 'Zoë Ångström', '病床 7', 'a|b,"c"', "it's", 'null', 'x\ny', '🛏️']
const KINDS = ['heart rate', 'spo2', 'resp']

export interface WardOptions {
  readonly rows: number
  /** When the first is measured. */
  readonly from: number
  /** How far the newest moves on with a reading, at most. */
  readonly stepMs?: number
  /** Of how many in a hundred come later than the watermark allows. Default 2. */
  readonly latePercent?: number
  /** By how much later, at most. Default a minute and a half. */
  readonly lateMs?: number
  readonly seed?: number
}

/**
 * Readings of a ward as they arrive: most in order, many within five seconds of it, a few far too late; several at one
 * time, on the second and at its last millisecond, where windows end. The same each time.
 */
export function wardReadings({
  rows,
  from,
  stepMs = 600,
  latePercent = 2,
  lateMs = 90_000,
  seed = 1,
}: WardOptions): Reading[] {
  const random = randomFrom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const readings: Reading[] = []
  let newest = from
  for (let i = 0; i < rows; i++) {
    const kind = below(100)
    // Silence for up to a minute, so that sessions end.
    if (kind === 0) newest += below(60_000)
    else if (kind < 70) newest += below(stepMs)
    let at = newest
    if (kind >= 100 - latePercent) at = newest - OUT_OF_ORDERNESS_MS - 1 - below(lateMs)
    else if (kind >= 50) at = newest - below(OUT_OF_ORDERNESS_MS - 1_000)
    if (below(3) === 0) at = Math.floor(at / 1_000) * 1_000 - below(2)
    readings.push({
      patient: PATIENTS[Math.floor(below(PATIENTS.length) * random())] ?? '',
      kind: KINDS[below(KINDS.length)] ?? '',
      amount: below(20) === 0 ? null : (below(2_000) - 200) / 10,
      count: below(1_000),
      at,
    })
    newest = Math.max(newest, at)
  }
  return readings
}

/** A stream of fractions in `[0, 1)` that a seed repeats (Lehmer, modulo 2^31 - 1). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
