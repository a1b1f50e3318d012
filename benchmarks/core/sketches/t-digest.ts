/** Merging t-digest with the scale function k1 (Dunning and Ertl 2019), a peer to measure against. */
export class TDigest {
  readonly #compression = 200
  #means: number[] = []
  #weights: number[] = []
  #buffer: number[] = []

  add(x: number): void {
    this.#buffer.push(x)
    if (this.#buffer.length >= 500) this.#compress([], [])
  }

  merge(other: TDigest): void {
    other.#compress([], [])
    this.#compress(other.#means, other.#weights)
  }

  quantile(q: number): number {
    this.#compress([], [])
    const total = this.#weights.reduce((a, b) => a + b, 0)
    const target = q * (total - 1) + 0.5
    let before = 0
    for (const [i, weight] of this.#weights.entries()) {
      const mean = this.#means[i] as number
      const middle = before + weight / 2
      if (target <= middle) {
        if (i === 0) return mean
        const lastMean = this.#means[i - 1] as number
        const lastMiddle = before - (this.#weights[i - 1] as number) / 2
        return lastMean + ((mean - lastMean) * (target - lastMiddle)) / (middle - lastMiddle)
      }
      before += weight
    }
    return this.#means.at(-1) ?? Number.NaN
  }

  get snapshot(): unknown {
    return [this.#means, this.#weights, this.#buffer]
  }

  #compress(means: readonly number[], weights: readonly number[]): void {
    const all = [
      ...this.#means.map((mean, i) => ({ mean, weight: this.#weights[i] as number })),
      ...means.map((mean, i) => ({ mean, weight: weights[i] as number })),
      ...this.#buffer.map((mean) => ({ mean, weight: 1 })),
    ].sort((a, b) => a.mean - b.mean)
    this.#buffer = []
    this.#means = []
    this.#weights = []
    const total = all.reduce((sum, { weight }) => sum + weight, 0)
    const scale = (q: number): number => (this.#compression / (2 * Math.PI)) * Math.asin(2 * Math.min(1, q) - 1)
    let before = 0
    let from = scale(0)
    for (const { mean, weight } of all) {
      const last = this.#weights.length - 1
      const lastWeight = this.#weights[last] ?? 0
      if (last >= 0 && scale((before + lastWeight + weight) / total) - from <= 1) {
        this.#weights[last] = lastWeight + weight
        this.#means[last] =
          (this.#means[last] as number) + ((mean - (this.#means[last] as number)) * weight) / (lastWeight + weight)
      } else {
        before += lastWeight
        from = scale(before / total)
        this.#means.push(mean)
        this.#weights.push(weight)
      }
    }
  }
}
