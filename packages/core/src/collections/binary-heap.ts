/** A queue that gives its smallest entry first. Entries must not change their order while they are in it. */
export class BinaryHeap<T> {
  readonly #compare: (a: T, b: T) => number
  readonly #entries: T[] = []

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#entries.length
  }

  peek(): T | undefined {
    return this.#entries[0]
  }

  push(entry: T): void {
    const entries = this.#entries
    let at = entries.length
    entries.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = entries[parent] as T
      if (this.#compare(above, entry) <= 0) break
      entries[at] = above
      at = parent
    }
    entries[at] = entry
  }

  pop(): T | undefined {
    const entries = this.#entries
    const smallest = entries[0]
    const last = entries.pop()
    if (last === undefined || entries.length === 0) return smallest
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= entries.length) break
      if (child + 1 < entries.length && this.#compare(entries[child + 1] as T, entries[child] as T) < 0) child += 1
      if (this.#compare(last, entries[child] as T) <= 0) break
      entries[at] = entries[child] as T
      at = child
    }
    entries[at] = last
    return smallest
  }
}
