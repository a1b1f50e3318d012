import type { SliceQueue } from './slice-queue.ts'

/** What is needed of an aggregate to keep one accumulator while slices come and go. */
export interface Unmerging<A> {
  create(): A
  merge(accumulator: A, other: A): A
  unmerge(accumulator: A, other: A): A
}

/**
 * One accumulator for the whole window: a slice is merged into it when it enters and taken back when it leaves. For aggregates
 * whose merging takes time by what the accumulators hold, such as sets: a slide then costs as much as its two slices hold,
 * where two stacks would merge whole windows.
 */
export class RunningMerge<A> implements SliceQueue<A> {
  readonly #merging: Unmerging<A>
  /** Ascending; those before `#first` have left. */
  readonly #starts: number[] = []
  readonly #slices: A[] = []
  #first = 0
  #running: A

  constructor(merging: Unmerging<A>) {
    this.#merging = merging
    this.#running = merging.create()
  }

  get isEmpty(): boolean {
    return this.#first === this.#starts.length
  }

  push(start: number, slice: A): void {
    this.#starts.push(start)
    this.#slices.push(slice)
    this.#running = this.#merging.merge(this.#running, slice)
  }

  evictBefore(oldest: number): void {
    while (!this.isEmpty && (this.#starts[this.#first] as number) < oldest) {
      this.#running = this.#merging.unmerge(this.#running, this.#slices[this.#first] as A)
      this.#first += 1
    }
    // Half of it has left: moved together, each slice is moved about once.
    if (this.#first * 2 <= this.#starts.length) return
    this.#starts.splice(0, this.#first)
    this.#slices.splice(0, this.#first)
    this.#first = 0
  }

  value(): A {
    return this.#running
  }

  addLate(start: number, slice: A, record: A): void {
    this.#running = this.#merging.merge(this.#running, record)
    let at = this.#starts.length
    while (at > this.#first && (this.#starts[at - 1] as number) > start) at -= 1
    if (at > this.#first && this.#starts[at - 1] === start) return
    this.#starts.splice(at, 0, start)
    this.#slices.splice(at, 0, slice)
  }
}
