import type { SliceQueue } from './slice-queue.ts'

/** What is needed of an aggregate to merge its accumulators. */
export interface Merging<A> {
  create(): A
  merge(accumulator: A, other: A): A
}

/**
 * Slices on two stacks: each is merged at most three times on its way through, however many slices a window has.
 *
 * ```
 *   oldest                                        newest
 *   [ front: a sum from each slice to here → | back: slices as they came ]
 *     d+e+f   e+f      f                         g    h      and one sum, g+h
 *   value = (d+e+f) + (g+h); when the front is used up, the back becomes the front
 * ```
 *
 * A cache: all of it can be made again from the slices. Slices' accumulators are referred to, not changed.
 * Source: the two-stacks algorithm for queues that aggregate; Tangwongsan, Hirzel and Schneider 2017.
 */
export class TwoStacks<A> implements SliceQueue<A> {
  readonly #merging: Merging<A>
  /** Newest first, so that the oldest leaves from the end. */
  readonly #frontStarts: number[] = []
  readonly #frontSums: A[] = []
  #backStarts: number[] = []
  #backSlices: A[] = []
  /** Of the back, where it has more than one slice. */
  #backSum: A | undefined

  constructor(merging: Merging<A>) {
    this.#merging = merging
  }

  get isEmpty(): boolean {
    return this.#backStarts.length === 0 && this.#frontStarts.length === 0
  }

  push(start: number, slice: A): void {
    this.#backStarts.push(start)
    this.#backSlices.push(slice)
    if (this.#backStarts.length === 2) this.#backSum = this.#copy(this.#backSlices[0] as A)
    if (this.#backStarts.length >= 2) this.#backSum = this.#merging.merge(this.#backSum as A, slice)
  }

  evictBefore(oldest: number): void {
    this.#popFront(oldest)
    if (this.#frontStarts.length > 0 || this.#backStarts.length === 0) return
    if ((this.#backStarts[0] as number) >= oldest) return
    for (let i = this.#backStarts.length - 1; i >= 0 && (this.#backStarts[i] as number) >= oldest; i--) {
      const sum = this.#copy(this.#backSlices[i] as A)
      this.#frontStarts.push(this.#backStarts[i] as number)
      this.#frontSums.push(this.#frontSums.length === 0 ? sum : this.#merging.merge(sum, this.#frontSums.at(-1) as A))
    }
    this.#backStarts = []
    this.#backSlices = []
    this.#backSum = undefined
  }

  value(): A {
    const back = this.#backStarts.length === 1 ? this.#backSlices[0] : this.#backSum
    const front = this.#frontSums.at(-1)
    if (front === undefined) return back as A
    return back === undefined ? front : this.#merging.merge(this.#copy(front), back)
  }

  addLate(start: number, slice: A, record: A): void {
    const newestInFront = this.#frontStarts[0]
    if (newestInFront !== undefined && start <= newestInFront) this.#addToFront(start, record)
    else this.#addToBack(start, slice, record)
  }

  #addToFront(start: number, record: A): void {
    const starts = this.#frontStarts
    const sums = this.#frontSums
    let at = starts.length
    while (at > 0 && (starts[at - 1] as number) < start) {
      at -= 1
      sums[at] = this.#merging.merge(sums[at] as A, record)
    }
    const sum = sums[at - 1] as A
    if (starts[at - 1] === start) sums[at - 1] = this.#merging.merge(sum, record)
    else {
      starts.splice(at, 0, start)
      sums.splice(at, 0, this.#merging.merge(this.#copy(sum), record))
    }
  }

  #addToBack(start: number, slice: A, record: A): void {
    const starts = this.#backStarts
    let at = starts.length
    while (at > 0 && (starts[at - 1] as number) > start) at -= 1
    if (starts[at - 1] === start) {
      if (starts.length > 1) this.#backSum = this.#merging.merge(this.#backSum as A, record)
    } else if (at === starts.length) this.push(start, slice)
    else {
      const sum = starts.length === 1 ? this.#copy(this.#backSlices[0] as A) : (this.#backSum as A)
      this.#backSum = this.#merging.merge(sum, record)
      starts.splice(at, 0, start)
      this.#backSlices.splice(at, 0, slice)
    }
  }

  #popFront(oldest: number): void {
    const starts = this.#frontStarts
    while (starts.length > 0 && (starts.at(-1) as number) < oldest) {
      starts.pop()
      this.#frontSums.pop()
    }
  }

  #copy(accumulator: A): A {
    return this.#merging.merge(this.#merging.create(), accumulator)
  }
}
