/** A timer of a patient. */
export interface WardTimer {
  readonly time: number
  readonly patientId: string
  readonly name: string
}

/** Timers by name and patient, the earliest first: a binary heap, in which a timer that was replaced is passed over. */
export class TimerQueue {
  readonly #heap: WardTimer[] = []
  /** The time for which each is set. */
  readonly #set = new Map<string, number>()

  replace(patientId: string, name: string, time: number): void {
    this.#set.set(keyOf(patientId, name), time)
    const heap = this.#heap
    heap.push({ time, patientId, name })
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfBefore(at, parent)) break
      at = parent
    }
    if (heap.length > 2 * this.#set.size + MOST_REPLACED) this.#tidy()
  }

  /** When the earliest is due; Infinity where there is none. */
  get next(): number {
    this.#passOver()
    return this.#heap[0]?.time ?? Infinity
  }

  /** Takes the earliest away, if it is due by then. */
  take(now: number): WardTimer | undefined {
    if (!(this.next <= now)) return undefined
    const timer = this.#pop() as WardTimer
    this.#set.delete(keyOf(timer.patientId, timer.name))
    return timer
  }

  forget(patientId: string, names: readonly string[]): void {
    for (const name of names) this.#set.delete(keyOf(patientId, name))
  }

  /** All that are set. */
  timers(): WardTimer[] {
    return this.#heap.filter((timer) => this.#isSet(timer))
  }

  /** Lets go of timers that were replaced: they wait for their time otherwise. What is in order is a heap. */
  #tidy(): void {
    const left = new Map(this.timers().map((timer) => [keyOf(timer.patientId, timer.name), timer]))
    this.#heap.length = 0
    for (const timer of [...left.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1))) this.#heap.push(timer)
  }

  #isSet({ patientId, name, time }: WardTimer): boolean {
    return this.#set.get(keyOf(patientId, name)) === time
  }

  #passOver(): void {
    for (let first = this.#heap[0]; first !== undefined && !this.#isSet(first); first = this.#heap[0]) this.#pop()
  }

  #pop(): WardTimer | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      const right = left + 1
      const child = right < heap.length && isBefore(heap[right] as WardTimer, heap[left] as WardTimer) ? right : left
      if (child >= heap.length || !this.#swapIfBefore(child, at)) return first
      at = child
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const heap = this.#heap
    const [a, b] = [heap[lower] as WardTimer, heap[upper] as WardTimer]
    if (!isBefore(a, b)) return false
    heap[upper] = a
    heap[lower] = b
    return true
  }
}

const MOST_REPLACED = 1_000

/** Timers of one time fire by patient, then by name, as in a job. */
function isBefore(a: WardTimer, b: WardTimer): boolean {
  if (a.time !== b.time) return a.time < b.time
  return a.patientId === b.patientId ? a.name < b.name : a.patientId < b.patientId
}

function keyOf(patientId: string, name: string): string {
  return `${name}\n${patientId}`
}
