import type { EpisodeKind, EpisodePlan } from './episode-plan.ts'
import { EpisodeCursor } from './episode-plan.ts'
import { fraction, mix, subSeed } from './hash.ts'
import type { Ward } from './ward-options.ts'

/** What can happen to a single line on its way. */
export type FaultKind =
  | 'delayed-within'
  | 'delayed-beyond'
  | 'duplicate'
  | 'truncated'
  | 'garbage'
  | 'missing-patient'
  | 'unknown-unit'
  | 'impossible-spo2'
  | 'impossible-temperature'
  | 'impossible-heart-rate'

export interface LineFault {
  readonly kind: FaultKind
  /** How much later the line comes (a delay), or its copy (a duplicate). */
  readonly delayMs: number
  /** 32 bits for what else there is to choose. */
  readonly draw: number
}

/** The longest that a line is kept from arriving, whatever the reason. */
export const MAX_DELAY_SECONDS = 64

const BLOCK_SECONDS = 600

/** How many in a whole block of one patient. */
const KINDS: readonly { kind: FaultKind; perBlock: number }[] = [
  { kind: 'delayed-within', perBlock: 6 },
  { kind: 'delayed-beyond', perBlock: 0.6 },
  { kind: 'duplicate', perBlock: 0.6 },
  { kind: 'truncated', perBlock: 0.05 },
  { kind: 'garbage', perBlock: 0.03 },
  { kind: 'missing-patient', perBlock: 0.03 },
  { kind: 'unknown-unit', perBlock: 0.03 },
  { kind: 'impossible-spo2', perBlock: 0.05 },
  { kind: 'impossible-temperature', perBlock: 0.05 },
  { kind: 'impossible-heart-rate', perBlock: 0.03 },
]

const DELAYS_GO_WITH: ReadonlySet<EpisodeKind> = new Set(['desaturation', 'tachycardia', 'fahrenheit'])

/**
 * Plans what goes wrong with single lines, block by block of ten minutes, from the hash alone. A line has at most one
 * fault, and none (a plain delay apart) during an episode: so every kind can be counted on its own, whatever the order in
 * which a job deals with them. Each kind is also tried in one block that is surely its own.
 */
export class LineFaultPlan {
  readonly #ward: Ward
  readonly #episodes: EpisodePlan
  readonly #seed: number
  readonly #blocks: number

  constructor(ward: Ward, episodes: EpisodePlan) {
    this.#ward = ward
    this.#episodes = episodes
    this.#seed = subSeed(ward.seed, 2)
    this.#blocks = Math.ceil(ward.seconds / BLOCK_SECONDS)
  }

  blockOf(second: number): number {
    return Math.floor(second / BLOCK_SECONDS)
  }

  /** The faults of one block, by second. */
  inBlock(patient: number, block: number): ReadonlyMap<number, LineFault> {
    const faults = new Map<number, LineFault>()
    const episodes = new EpisodeCursor(this.#episodes, patient)
    const start = block * BLOCK_SECONDS
    const length = Math.min(BLOCK_SECONDS, this.#ward.seconds - start)
    KINDS.forEach(({ kind, perBlock }, index) => {
      const wanted = perBlock * (length / BLOCK_SECONDS)
      const seed = this.#seed + 64 * (index + 1)
      const drawn = Math.floor(wanted) + (fraction(seed, patient, block) < wanted % 1 ? 1 : 0)
      const sure = this.#isSure(index, patient * this.#blocks + block)
      for (let n = 1, tries = 0; n <= Math.max(drawn, sure ? 1 : 0); n++) {
        const second = start + (mix(seed + n, patient * 16 + tries, block) % length)
        const episode = episodes.at(second)
        const isFree = episode === undefined || (kind.startsWith('delayed') && DELAYS_GO_WITH.has(episode.kind))
        if (isFree && !faults.has(second)) faults.set(second, this.#fault(kind, patient, second))
        else if (sure && n === 1 && tries < 15) [n, tries] = [0, tries + 1]
      }
    })
    return faults
  }

  #fault(kind: FaultKind, patient: number, second: number): LineFault {
    const draw = mix(this.#seed, patient, second)
    return { kind, delayMs: delayOf(kind, draw / 0x1_0000_0000), draw }
  }

  #isSure(kind: number, place: number): boolean {
    const places = this.#ward.patients * this.#blocks
    const stride = Math.max(1, Math.floor(places / KINDS.length))
    return place === (mix(this.#seed, 0, 0) + kind * stride) % places
  }
}

/** With the ordinary latency of up to 0.3 s on top, `delayed-within` stays under 5 s and `delayed-beyond` over it. */
function delayOf(kind: FaultKind, draw: number): number {
  if (kind === 'delayed-within') return Math.floor(1_200 + draw * 3_000)
  if (kind === 'delayed-beyond') return Math.floor(7_500 + draw * draw * 52_000)
  if (kind === 'duplicate') return Math.floor(40 + draw * 1_500)
  return 0
}

/** Finds the fault of one patient's line, quick where seconds come nearly in order. */
export class LineFaultCursor {
  readonly #plan: LineFaultPlan
  readonly #patient: number
  #block = -1
  #faults: ReadonlyMap<number, LineFault> = new Map()

  constructor(plan: LineFaultPlan, patient: number) {
    this.#plan = plan
    this.#patient = patient
  }

  at(second: number): LineFault | undefined {
    const block = this.#plan.blockOf(second)
    if (block !== this.#block) {
      this.#block = block
      this.#faults = this.#plan.inBlock(this.#patient, block)
    }
    return this.#faults.get(second)
  }
}
