import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs'

interface Waiting {
  readonly due: number
  readonly order: number
  readonly run: () => void
  isCancelled: boolean
}

/**
 * A scheduler whose time is that of the data, so that each contender sees the same moments however fast it runs. What is due at a
 * moment runs before the value that comes at it. A binary heap: RxJS's own VirtualTimeScheduler sorts all that waits at each call.
 */
export class DataClock implements SchedulerLike {
  readonly #heap: Waiting[] = []
  #now: number
  #order = 0

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  /** Runs what is due until `time`, each at its own time. */
  advanceTo(time: number): void {
    const heap = this.#heap
    for (let first = heap[0]; first !== undefined && first.due <= time; first = heap[0]) {
      this.#pop()
      if (first.isCancelled) continue
      this.#now = first.due
      first.run()
    }
    this.#now = time
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    return new DataAction(this, work).schedule(state, delay)
  }

  add(due: number, run: () => void): Waiting {
    const waiting: Waiting = { due, order: this.#order++, run, isCancelled: false }
    const heap = this.#heap
    let at = heap.length
    heap.push(waiting)
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = heap[parentAt] as Waiting
      if (!isBefore(waiting, parent)) break
      heap[at] = parent
      at = parentAt
    }
    heap[at] = waiting
    return waiting
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Waiting
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let childAt = 2 * at + 1
      if (childAt >= heap.length) break
      if (childAt + 1 < heap.length && isBefore(heap[childAt + 1] as Waiting, heap[childAt] as Waiting)) childAt += 1
      const child = heap[childAt] as Waiting
      if (!isBefore(child, last)) break
      heap[at] = child
      at = childAt
    }
    heap[at] = last
  }
}

/** As RxJS's own actions: one that is scheduled again waits for its new time only. */
class DataAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #clock: DataClock
  readonly #work: (this: SchedulerAction<T>, state?: T) => void
  #waiting: Waiting | undefined

  constructor(clock: DataClock, work: (this: SchedulerAction<T>, state?: T) => void) {
    super()
    this.#clock = clock
    this.#work = work
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this
    this.#cancel()
    this.#waiting = this.#clock.add(this.#clock.now() + delay, () => {
      this.#waiting = undefined
      this.#work(state)
      if (this.#waiting === undefined) this.unsubscribe()
    })
    return this
  }

  override unsubscribe(): void {
    this.#cancel()
    super.unsubscribe()
  }

  #cancel(): void {
    if (this.#waiting !== undefined) this.#waiting.isCancelled = true
    this.#waiting = undefined
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.due !== b.due ? a.due < b.due : a.order < b.order
}
