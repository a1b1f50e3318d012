import { fraction, mix, subSeed } from './hash.ts'
import type { Ward } from './ward-options.ts'

/**
 * What can happen to a patient or a device for a while.
 *
 * `outage`: the device keeps its readings and sends them all when the network is back.
 */
export type EpisodeKind =
  | 'desaturation'
  | 'tachycardia'
  | 'probe-off-null'
  | 'probe-off-zero'
  | 'silent'
  | 'outage'
  | 'clock-ahead'
  | 'clock-behind'
  | 'fahrenheit'

/** One episode, in seconds from the ward's start: readings of `[from, to)` are touched. */
export interface Episode {
  readonly kind: EpisodeKind
  readonly patient: number
  readonly from: number
  readonly to: number
  /** Deterioration: `[plateauFrom, plateauTo)` is where the worst is reached and held. */
  readonly plateauFrom: number
  readonly plateauTo: number
  /** How bad, `[0, 1)`. */
  readonly severity: number
  /** What a wrong clock adds to the time, in ms. */
  readonly clockOffsetMs: number
}

/** How often in each slot, and how long, in seconds. */
const KINDS: readonly { kind: EpisodeKind; perSlot: number; shortest: number; longest: number }[] = [
  { kind: 'desaturation', perSlot: 0.03, shortest: 480, longest: 1_500 },
  { kind: 'tachycardia', perSlot: 0.02, shortest: 900, longest: 2_400 },
  { kind: 'probe-off-null', perSlot: 0.03, shortest: 20, longest: 360 },
  { kind: 'probe-off-zero', perSlot: 0.03, shortest: 20, longest: 360 },
  { kind: 'silent', perSlot: 0.02, shortest: 150, longest: 720 },
  { kind: 'outage', perSlot: 0.04, shortest: 8, longest: 45 },
  { kind: 'clock-ahead', perSlot: 0.005, shortest: 180, longest: 900 },
  { kind: 'clock-behind', perSlot: 0.005, shortest: 180, longest: 900 },
  { kind: 'fahrenheit', perSlot: 0.08, shortest: 600, longest: 2_400 },
]

const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS

/**
 * Plans episodes without keeping any: each patient's day is cut into slots (an hour, less in a short ward), and the hash
 * of (seed, patient, slot) says whether an episode lies within it, and which. So no two of a patient overlap. Each kind
 * also gets one slot that is surely its own, so that a short ward has them all where there are slots enough.
 */
export class EpisodePlan {
  readonly slotSeconds: number
  readonly slots: number
  readonly #ward: Ward
  readonly #seed: number

  constructor(ward: Ward) {
    this.#ward = ward
    this.#seed = subSeed(ward.seed, 1)
    this.slotSeconds = Math.min(3_600, Math.max(60, Math.floor(ward.seconds / 12)))
    this.slots = Math.floor(ward.seconds / this.slotSeconds)
  }

  inSlot(patient: number, slot: number): Episode | undefined {
    if (slot >= this.slots) return undefined
    const place = patient * this.slots + slot
    const chosen = this.#sureKind(place) ?? this.#drawnKind(place)
    if (chosen === undefined) return undefined
    const draw = (n: number): number => fraction(this.#seed + n, patient, slot)
    const wanted = chosen.shortest + draw(1) * (chosen.longest - chosen.shortest)
    const length = Math.floor(Math.min(wanted, this.slotSeconds * 0.7))
    const free = this.slotSeconds * 0.8 - length
    const from = Math.floor(slot * this.slotSeconds + this.slotSeconds * 0.1 + draw(2) * free)
    return {
      kind: chosen.kind,
      patient,
      from,
      to: from + length,
      plateauFrom: from + Math.floor(length * 0.4),
      plateauTo: from + Math.floor(length * 0.85),
      severity: draw(3),
      clockOffsetMs: clockOffset(chosen.kind, draw(4)),
    }
  }

  *all(): Generator<Episode> {
    for (let patient = 0; patient < this.#ward.patients; patient++) {
      for (let slot = 0; slot < this.slots; slot++) {
        const episode = this.inSlot(patient, slot)
        if (episode !== undefined) yield episode
      }
    }
  }

  #sureKind(place: number): (typeof KINDS)[number] | undefined {
    const places = this.#ward.patients * this.slots
    const stride = Math.max(1, Math.floor(places / KINDS.length))
    const first = mix(this.#seed, 0, 0) % places
    const steps = (place - first + places) % places
    return steps % stride === 0 ? KINDS[steps / stride] : undefined
  }

  #drawnKind(place: number): (typeof KINDS)[number] | undefined {
    let left = fraction(this.#seed, 1, place)
    for (const kind of KINDS) {
      left -= kind.perSlot
      if (left < 0) return kind
    }
    return undefined
  }
}

/** Hours ahead, or a clock that was reset years ago. */
function clockOffset(kind: EpisodeKind, draw: number): number {
  if (kind === 'clock-ahead') return Math.round((2 + draw * 7) * 3_600) * 1_000
  if (kind === 'clock-behind') return -Math.ceil(draw * 5 + 1) * YEAR_MS - Math.round(draw * 1e6) * 1_000
  return 0
}

/** Finds the episode of one patient at a second, quick where seconds come nearly in order. */
export class EpisodeCursor {
  readonly #plan: EpisodePlan
  readonly #patient: number
  #from = 0
  #to = 0
  #episode: Episode | undefined

  constructor(plan: EpisodePlan, patient: number) {
    this.#plan = plan
    this.#patient = patient
  }

  at(second: number): Episode | undefined {
    if (second < this.#from || second >= this.#to) this.#move(second)
    const episode = this.#episode
    return episode !== undefined && second >= episode.from && second < episode.to ? episode : undefined
  }

  #move(second: number): void {
    const slot = Math.floor(second / this.#plan.slotSeconds)
    this.#from = slot * this.#plan.slotSeconds
    this.#to = this.#from + this.#plan.slotSeconds
    this.#episode = this.#plan.inSlot(this.#patient, slot)
  }
}
