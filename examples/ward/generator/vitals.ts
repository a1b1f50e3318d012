import type { Episode } from './episode-plan.ts'
import { fraction, mix, subSeed } from './hash.ts'
import { patientIdOf, type Ward } from './ward-options.ts'

const KNOT_SECONDS = 32
const SLOW_KNOTS = 16
const DAY_SECONDS = 86_400

/** Heart rate, respiratory rate, SpO2, systolic pressure, temperature: in this order everywhere below. */
const SIGNALS = 5
const ACTIVITY = 5
const DIPS = 6
const SPELLS = 7

/** How much of the way to an episode's own value the vitals go. */
const WORST = 0.92

/**
 * One patient's five vitals at any second: a level of the patient's own, the hour of the day, activity that moves heart,
 * breath and pressure together, slow and quick wandering, now and then a short dip of SpO2 or a spell of a quick heart, and
 * a monitor's jitter and rounding. Wandering is value noise:
 * hashed values at knots with straight lines between, so that no second needs the one before it.
 */
export class PatientVitals {
  readonly patientId: string
  /** Beats and breaths a minute, %, mm[Hg]: whole numbers. */
  heartRate = 0
  respiratoryRate = 0
  spo2 = 0
  systolic = 0
  /** Tenths of a degree Celsius, or Fahrenheit where `at` was asked so. */
  temperatureTenths = 0

  readonly #patient: number
  readonly #seed: number
  readonly #startSecond: number
  readonly #level: readonly number[]
  readonly #quick: readonly number[]
  readonly #dipChance: number
  #knot = -1
  readonly #value = new Float64Array(SIGNALS)
  readonly #slope = new Float64Array(SIGNALS)

  constructor(ward: Ward, patient: number) {
    this.patientId = patientIdOf(ward, patient)
    this.#patient = patient
    this.#seed = subSeed(ward.seed, 3)
    this.#startSecond = ward.startMs / 1_000
    const own = (n: number): number => fraction(this.#seed, patient, -n)
    const frailty = own(6) * own(6) * own(6)
    this.#dipChance = 0.0008 + 0.008 * frailty
    this.#level = [
      62 + 26 * own(1),
      12.5 + 4.5 * own(2),
      98 - 2.6 * own(3) * own(3),
      108 + 32 * own(4),
      36.4 + 0.6 * own(5),
    ]
    this.#quick = [2.5 + 2 * frailty, 0.9, 0.5 + 1.1 * frailty, 3.5, 0.02]
  }

  /** Sets the vitals to those of a second, an episode's effect included. */
  at(second: number, episode: Episode | undefined): void {
    const knot = Math.floor(second / KNOT_SECONDS)
    if (knot !== this.#knot) this.#moveTo(knot)
    const into = second - knot * KNOT_SECONDS
    const jitter = mix(this.#seed, this.#patient, second)
    const value = this.#value
    const slope = this.#slope
    let heartRate = (value[0] as number) + (slope[0] as number) * into + ((jitter & 255) - 127.5) * 0.008
    let respiratoryRate = (value[1] as number) + (slope[1] as number) * into + (((jitter >>> 8) & 255) - 127.5) * 0.004
    let spo2 = (value[2] as number) + (slope[2] as number) * into + (((jitter >>> 16) & 255) - 127.5) * 0.003
    let systolic = (value[3] as number) + (slope[3] as number) * into + ((jitter >>> 24) - 127.5) * 0.016
    let celsius = (value[4] as number) + (slope[4] as number) * into
    if (episode !== undefined) {
      const depth = depthAt(episode, second)
      if (episode.kind === 'desaturation') {
        spo2 += (78 + 6 * episode.severity - spo2) * depth
        heartRate += (118 + 20 * episode.severity - heartRate) * depth
        respiratoryRate += (27 + 6 * episode.severity - respiratoryRate) * depth
      } else if (episode.kind === 'tachycardia') {
        heartRate += (140 + 18 * episode.severity - heartRate) * depth
        systolic += (82 + 8 * episode.severity - systolic) * depth
        respiratoryRate += (23 + 5 * episode.severity - respiratoryRate) * depth
        celsius += 1.8 * depth
      } else if (episode.kind === 'fahrenheit') {
        celsius = celsius * 1.8 + 32
      }
    }
    this.heartRate = Math.round(heartRate)
    this.respiratoryRate = Math.round(respiratoryRate)
    this.spo2 = Math.min(100, Math.round(spo2))
    this.systolic = Math.round(systolic)
    this.temperatureTenths = Math.round(celsius * 10)
  }

  #moveTo(knot: number): void {
    this.#knot = knot
    for (let signal = 0; signal < SIGNALS; signal++) {
      const here = this.#atKnot(signal, knot)
      this.#value[signal] = here
      this.#slope[signal] = (this.#atKnot(signal, knot + 1) - here) / KNOT_SECONDS
    }
  }

  #atKnot(signal: number, knot: number): number {
    // Lowest about four in the morning, and most active about four in the afternoon.
    const dayTime = ((this.#startSecond + knot * KNOT_SECONDS) % DAY_SECONDS) / DAY_SECONDS
    const day = -Math.cos((dayTime - 1 / 6) * 2 * Math.PI)
    const activity = Math.max(0, this.#slow(ACTIVITY, knot)) * (0.6 + 0.4 * day)
    const wander = this.#slow(signal, knot)
    const quick = (this.#quick[signal] as number) * this.#noise(signal, knot)
    const level = (this.#level[signal] as number) + quick
    if (signal === 0) return level + 4 * day + 5 * wander + 14 * activity + 45 * this.#burst(SPELLS, knot, 0.0015)
    if (signal === 1) return level + 0.6 * day + 1.2 * wander + 3.5 * activity
    if (signal === 2) return level + 0.3 * day + 0.7 * wander - 11 * this.#burst(DIPS, knot, this.#dipChance)
    if (signal === 3) return level + 5 * day + 6 * wander + 9 * activity
    return level + 0.25 * day + 0.12 * wander
  }

  /** Mostly 0; with this chance at a knot, 0.4 to 1. */
  #burst(signal: number, knot: number, chance: number): number {
    const drawn = fraction(this.#seed + signal + 32, this.#patient, knot)
    return drawn < chance ? 0.4 + 0.6 * (drawn / chance) : 0
  }

  #slow(signal: number, knot: number): number {
    const slowKnot = Math.floor(knot / SLOW_KNOTS)
    const here = this.#noise(signal + 8, slowKnot)
    return here + ((this.#noise(signal + 8, slowKnot + 1) - here) * (knot - slowKnot * SLOW_KNOTS)) / SLOW_KNOTS
  }

  /** In `[-1, 1)`. */
  #noise(signal: number, knot: number): number {
    return fraction(this.#seed + signal + 1, this.#patient, knot) * 2 - 1
  }
}

/** How far an episode of deterioration has come, 0 to `WORST`: some of what was before always shows through. */
function depthAt(episode: Episode, second: number): number {
  if (second < episode.plateauFrom) return (WORST * (second - episode.from)) / (episode.plateauFrom - episode.from)
  if (second < episode.plateauTo) return WORST
  return (WORST * (episode.to - second)) / (episode.to - episode.plateauTo)
}
