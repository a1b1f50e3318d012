/** A list that is filled anew again and again and keeps its room: an array whose length is set to 0 gives it away (`--case 1,000-rules`). */
export class Gathered<T> {
  readonly #items: T[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  clear(): void {
    this.#length = 0
  }

  add(item: T): void {
    this.#items[this.#length++] = item
  }

  at(place: number): T {
    return this.#items[place] as T
  }
}
