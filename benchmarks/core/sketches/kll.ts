/** KLL (Karnin, Lang and Liberty 2016) that takes turns instead of drawing lots, a peer to measure against. */
export class Kll {
  readonly #size = 200
  readonly #levels: number[][] = [[]]
  readonly #turns: (0 | 1)[] = [0]

  add(x: number): void {
    this.#levels[0]?.push(x)
    if ((this.#levels[0] as number[]).length >= this.#capacity(0)) this.#compact()
  }

  merge(other: Kll): void {
    other.#levels.forEach((level, height) => {
      this.#grow(height)
      for (const x of level) this.#levels[height]?.push(x)
    })
    this.#compact()
  }

  quantile(q: number): number {
    const all = this.#levels.flatMap((level, height) => level.map((x) => ({ x, weight: 2 ** height })))
    all.sort((a, b) => a.x - b.x)
    const total = all.reduce((sum, { weight }) => sum + weight, 0)
    let seen = 0
    for (const { x, weight } of all) {
      seen += weight
      if (seen > q * (total - 1)) return x
    }
    return all.at(-1)?.x ?? Number.NaN
  }

  get snapshot(): unknown {
    return [this.#levels, this.#turns]
  }

  #capacity(height: number): number {
    return Math.max(2, Math.ceil(this.#size * (2 / 3) ** (this.#levels.length - 1 - height)))
  }

  #grow(height: number): void {
    while (this.#levels.length <= height) {
      this.#levels.push([])
      this.#turns.push(0)
    }
  }

  #compact(): void {
    for (let height = 0; height < this.#levels.length; height++) {
      const level = this.#levels[height] as number[]
      if (level.length < this.#capacity(height)) continue
      this.#grow(height + 1)
      level.sort((a, b) => a - b)
      const odd = level.length % 2 === 1 ? [level.pop() as number] : []
      const turn = this.#turns[height] as 0 | 1
      for (let i = turn; i < level.length; i += 2) this.#levels[height + 1]?.push(level[i] as number)
      this.#turns[height] = turn === 0 ? 1 : 0
      this.#levels[height] = odd
    }
  }
}
