const BITS = 10
const CHUNK = 1 << BITS
const SMALLEST = 16

/**
 * 32-bit whole numbers by index, 0 where nothing was set. Grows by chunks of 1,024, so that no growing copies more than one; the
 * first chunk doubles up to that, so that a few numbers take little room. A chunk that nothing was set in takes none.
 */
export class ChunkedIntegers {
  readonly #chunks: (Int32Array | undefined)[] = []

  get(index: number): number {
    const chunk = this.#chunks[index >> BITS]
    const at = index & (CHUNK - 1)
    // Beyond a first chunk that has not grown that far there is nothing.
    return chunk === undefined || at >= chunk.length ? 0 : (chunk[at] as number)
  }

  set(index: number, value: number): void {
    const number = index >> BITS
    let chunk = this.#chunks[number]
    const at = index & (CHUNK - 1)
    if (chunk === undefined || at >= chunk.length) chunk = this.#grow(number, at)
    chunk[at] = value
  }

  #grow(number: number, at: number): Int32Array {
    // By growing one by one the array stays a dense one.
    while (this.#chunks.length <= number) this.#chunks.push(undefined)
    const before = this.#chunks[number]
    let length = number === 0 ? SMALLEST : CHUNK
    while (length <= at) length *= 2
    const chunk = new Int32Array(length)
    if (before !== undefined) chunk.set(before)
    this.#chunks[number] = chunk
    return chunk
  }
}
