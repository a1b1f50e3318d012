import type { Outcome } from './benchmark.ts'

/** Counts results and sums up a number for each, so that contenders can be compared whatever order they emit in. */
export class Checksum {
  #results = 0
  #sum = 0

  /** One result, as four numbers: cheap enough to weigh nothing, each position and each bit counts. */
  add(a: number, b: number, c: number, d: number): void {
    this.#results += 1
    let hash = Math.imul((a * 16) | 0, 0x9e3779b1) ^ Math.imul((b * 16) | 0, 0x85ebca6b)
    hash ^= Math.imul((c * 4096) | 0, 0xc2b2ae35) ^ Math.imul((d * 16) | 0, 0x27d4eb2f)
    hash ^= hash >>> 15
    this.#sum = (this.#sum + Math.imul(hash, 0x2545f491)) | 0
  }

  outcome(): Outcome {
    return { results: this.#results, checksum: this.#sum >>> 0 }
  }
}
