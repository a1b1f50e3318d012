/** How far ahead an item is looked for. */
const REACH = 50

/** Finds items by what they are of, among many that are asked for in nearly the order in which they stand. */
export class InOrder<K, T> {
  readonly #items: readonly T[]
  readonly #keyOf: (item: T) => K
  #at = 0
  #byKey: Map<K, T> | undefined

  constructor(items: readonly T[], keyOf: (item: T) => K) {
    this.#items = items
    this.#keyOf = keyOf
  }

  /** The item, wherever it stands. Only where that is not nearby is there a map of all. */
  get(key: K): T | undefined {
    const found = this.near(key)
    if (found !== undefined) return found
    this.#byKey ??= new Map(this.#items.map((item) => [this.#keyOf(item), item]))
    return this.#byKey.get(key)
  }

  /** The item, where it stands behind the one that was found last, or little further. */
  near(key: K): T | undefined {
    const end = Math.min(this.#items.length, this.#at + REACH)
    for (let at = this.#at; at < end; at++) {
      const item = this.#items[at] as T
      if (this.#keyOf(item) !== key) continue
      this.#at = at + 1
      return item
    }
    return undefined
  }
}
