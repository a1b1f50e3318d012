/**
 * The least of many clocks that only move forward, one a slot. A clock that moves costs a store: where it stands in the heap
 * is mended when it comes to the top, so that a record costs no more than a look at whether its key was the last of all.
 */
export class LeastClock {
  readonly #clocks: number[] = []
  /** By slot, the time by which it stands in the heap: never later than its clock. */
  readonly #queued: number[] = []
  /** By slot, its place in the heap. */
  readonly #places: number[] = []
  readonly #heap: number[] = []

  /** Any slot that has a clock; `undefined` where none has. */
  get anySlot(): number | undefined {
    return this.#heap[this.#heap.length - 1]
  }

  add(slot: number, clock: number): void {
    this.#clocks[slot] = clock
    this.#queued[slot] = clock
    this.#places[slot] = this.#heap.length
    this.#heap.push(slot)
    this.#siftUp(slot)
  }

  /** True where the least may have moved by this. */
  raise(slot: number, clock: number): boolean {
    this.#clocks[slot] = clock
    return this.#heap[0] === slot
  }

  remove(slot: number): void {
    const place = this.#places[slot] as number
    const last = this.#heap.pop() as number
    if (last === slot) return
    this.#heap[place] = last
    this.#places[last] = place
    this.#siftUp(last)
    this.#siftDown(last)
  }

  /** Infinity without any clock. */
  least(): number {
    let top = this.#heap[0]
    while (top !== undefined && (this.#queued[top] as number) < (this.#clocks[top] as number)) {
      this.#queued[top] = this.#clocks[top] as number
      this.#siftDown(top)
      top = this.#heap[0]
    }
    return top === undefined ? Number.POSITIVE_INFINITY : (this.#clocks[top] as number)
  }

  #siftUp(slot: number): void {
    const queued = this.#queued[slot] as number
    let at = this.#places[slot] as number
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = this.#heap[parentAt] as number
      if (queued >= (this.#queued[parent] as number)) break
      this.#put(parent, at)
      at = parentAt
    }
    this.#put(slot, at)
  }

  #siftDown(slot: number): void {
    const queued = this.#queued[slot] as number
    const length = this.#heap.length
    let at = this.#places[slot] as number
    for (;;) {
      let childAt = 2 * at + 1
      if (childAt >= length) break
      let child = this.#heap[childAt] as number
      const right = this.#heap[childAt + 1]
      if (right !== undefined && (this.#queued[right] as number) < (this.#queued[child] as number)) {
        childAt += 1
        child = right
      }
      if ((this.#queued[child] as number) >= queued) break
      this.#put(child, at)
      at = childAt
    }
    this.#put(slot, at)
  }

  #put(slot: number, at: number): void {
    this.#heap[at] = slot
    this.#places[slot] = at
  }
}
