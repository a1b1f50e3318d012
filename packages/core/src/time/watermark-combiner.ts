import { MIN_WATERMARK } from '../elements/timestamp.ts'

/**
 * The watermark of several inputs: the least of those that are active. It never goes back: an input that wakes up behind
 * the others holds it where it is. All inputs idle: it stays, and the whole is idle.
 */
export class WatermarkCombiner {
  readonly #watermarks: number[]
  readonly #isIdle: boolean[]
  #combined = MIN_WATERMARK
  #activeCount: number

  constructor(inputs: number) {
    this.#watermarks = new Array<number>(inputs).fill(MIN_WATERMARK)
    this.#isIdle = new Array<boolean>(inputs).fill(false)
    this.#activeCount = inputs
  }

  get combined(): number {
    return this.#combined
  }

  get isIdle(): boolean {
    return this.#activeCount === 0
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
    // Only the input that stood at the minimum can have moved it.
    if (before > this.#combined && !this.#isIdle[input]) return this.#combined
    return this.#combine()
  }

  /** The combined watermark after this input has fallen idle. */
  setIdle(input: number): number {
    if (!this.#isIdle[input]) {
      this.#isIdle[input] = true
      this.#activeCount -= 1
    }
    return this.#combine()
  }

  setActive(input: number): void {
    if (!this.#isIdle[input]) return
    this.#isIdle[input] = false
    this.#activeCount += 1
  }

  #combine(): number {
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.#watermarks.length; i++) {
      if (!this.#isIdle[i]) least = Math.min(least, this.#watermarks[i] as number)
    }
    if (this.#activeCount > 0 && least > this.#combined) this.#combined = least
    return this.#combined
  }
}
