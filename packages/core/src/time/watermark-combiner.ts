import { MAX_WATERMARK, MIN_WATERMARK } from '../elements/timestamp.ts'

/** Where each input stood, and what they had come to together: that does not follow from theirs where some were idle. */
export interface CombinedWatermark {
  readonly combined: number
  readonly watermarks: readonly number[]
  readonly isIdle: readonly boolean[]
}

/**
 * The watermark of several inputs: the least of those that are active. It never goes back: an input that wakes up behind
 * the others holds it where it is. An input that has ended (its watermark is the last one) no longer counts, but the whole
 * ends only when all of them have: one that is idle may still wake up. All that have not ended idle: the watermark stays,
 * and the whole is idle.
 */
export class WatermarkCombiner {
  readonly #watermarks: number[]
  readonly #isIdle: boolean[]
  #combined: number = MIN_WATERMARK
  /** Inputs that are neither idle nor at their end. */
  #activeCount: number
  #wasIdle = false

  constructor(inputs: number) {
    this.#watermarks = new Array<number>(inputs).fill(MIN_WATERMARK)
    this.#isIdle = new Array<boolean>(inputs).fill(false)
    this.#activeCount = inputs
  }

  get combined(): number {
    return this.#combined
  }

  get isIdle(): boolean {
    return this.#activeCount === 0 && this.#combined !== MAX_WATERMARK
  }

  /** Adds an input, which holds the watermark until it has one; its number. */
  addInput(): number {
    this.#watermarks.push(MIN_WATERMARK)
    this.#isIdle.push(false)
    this.#activeCount += 1
    return this.#watermarks.length - 1
  }

  /** The combined watermark after this input has reached `watermark`. */
  advance(input: number, watermark: number): number {
    const before = this.#watermarks[input] as number
    if (watermark <= before) return this.#combined
    this.#watermarks[input] = watermark
    if (watermark === MAX_WATERMARK && !this.#isIdle[input]) this.#activeCount -= 1
    // Only the input that stood at the minimum can have moved it, or the one that has ended. That holds while none was
    // ever idle: afterwards the active ones may all be ahead of what was combined.
    if (before > this.#combined && !this.#wasIdle && watermark !== MAX_WATERMARK) return this.#combined
    return this.#combine()
  }

  /** The combined watermark after this input has fallen idle. Said again, it changes nothing. */
  setIdle(input: number): number {
    if (this.#isIdle[input]) return this.#combined
    this.#isIdle[input] = true
    this.#wasIdle = true
    if (this.#watermarks[input] !== MAX_WATERMARK) this.#activeCount -= 1
    return this.#combine()
  }

  setActive(input: number): void {
    if (!this.#isIdle[input]) return
    this.#isIdle[input] = false
    if (this.#watermarks[input] !== MAX_WATERMARK) this.#activeCount += 1
  }

  /** After a restore: where an input stood. `restoreCombined` follows. */
  restore(input: number, watermark: number, isIdle: boolean): void {
    this.#watermarks[input] = watermark
    this.#isIdle[input] = isIdle
    if (isIdle || watermark === MAX_WATERMARK) this.#activeCount -= 1
  }

  /** After a restore: what the whole had come to. That is not always the least of the active ones: see above. */
  restoreCombined(combined: number): void {
    this.#combined = combined
    this.#wasIdle = true
  }

  /** Plain data, for a checkpoint. */
  snapshot(): CombinedWatermark {
    return { combined: this.#combined, watermarks: [...this.#watermarks], isIdle: [...this.#isIdle] }
  }

  /** Goes on from a snapshot of as many inputs; what they say again then changes nothing. */
  restoreAll({ combined, watermarks, isIdle }: CombinedWatermark): void {
    if (watermarks.length !== this.#watermarks.length) return
    watermarks.forEach((watermark, input) => {
      this.restore(input, watermark, isIdle[input] as boolean)
    })
    this.restoreCombined(combined)
  }

  #combine(): number {
    let least = MAX_WATERMARK
    let haveAllEnded = true
    for (let i = 0; i < this.#watermarks.length; i++) {
      const watermark = this.#watermarks[i] as number
      if (watermark === MAX_WATERMARK) continue
      haveAllEnded = false
      if (!this.#isIdle[i]) least = Math.min(least, watermark)
    }
    if (least > this.#combined && (least !== MAX_WATERMARK || haveAllEnded)) this.#combined = least
    return this.#combined
  }
}
