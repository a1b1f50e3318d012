import { compareKeys, type Key } from '../elements/key.ts'
import { MillraceError } from '../errors.ts'
import type { TimerRegistry } from './timer-service.ts'

/** What the queue needs of the table of keys: whose timers these are, and that a key with a timer stays. */
export interface TimerKeys {
  readonly currentSlot: number
  ensureSlot(): number
  keyOfSlot(slot: number): Key
  /** One more reason to keep the slot. */
  retain(slot: number): void
  release(slot: number): void
  /** The slot's timers changed. */
  mark(slot: number): void
}

export interface Timer {
  readonly slot: number
  readonly key: Key
  readonly name: string
  time: number
  /** Where the timer stands in the heap; never later than `time`. */
  queuedTime: number
  index: number
}

/**
 * The timers of one operator in one domain: a binary heap by (time, key, name).
 *
 * A timer that is moved to a later time stays where it stands in the heap until it comes to the top, and sinks then:
 * `replace` on every record, which is how silence is watched, costs a look-up and a store.
 */
export class TimerQueue implements TimerRegistry {
  readonly #keys: TimerKeys
  readonly #heap: Timer[] = []
  /** A timer, or a list of several, by slot, for each name in use. */
  readonly #byName = new Map<string, (Timer | Timer[] | undefined)[]>()
  #lastName: string | undefined
  #lastColumn: (Timer | Timer[] | undefined)[] | undefined

  constructor(keys: TimerKeys) {
    this.#keys = keys
  }

  get size(): number {
    return this.#heap.length
  }

  register(time: number, name = ''): void {
    checkTime(time)
    const slot = this.#keys.ensureSlot()
    const column = this.#column(name)
    const held = column[slot]
    if (held === undefined) column[slot] = this.#push(slot, name, time)
    else if (Array.isArray(held)) {
      if (held.every((timer) => timer.time !== time)) held.push(this.#push(slot, name, time))
    } else if (held.time !== time) column[slot] = [held, this.#push(slot, name, time)]
  }

  delete(time: number, name = ''): void {
    const slot = this.#keys.currentSlot
    if (slot < 0) return
    const held = this.#column(name)[slot]
    const timer = Array.isArray(held) ? held.find((t) => t.time === time) : held
    if (timer !== undefined && timer.time === time) this.#remove(timer)
  }

  replace(name: string, time: number): void {
    checkTime(time)
    const slot = this.#keys.ensureSlot()
    const column = this.#column(name)
    const held = column[slot]
    if (held === undefined) {
      column[slot] = this.#push(slot, name, time)
      return
    }
    if (Array.isArray(held)) {
      for (const timer of [...held]) this.#remove(timer)
      column[slot] = this.#push(slot, name, time)
      return
    }
    if (held.time === time) return
    held.time = time
    this.#keys.mark(slot)
    if (time < held.queuedTime) {
      held.queuedTime = time
      this.#siftUp(held.index)
    }
  }

  cancel(name: string): void {
    const slot = this.#keys.currentSlot
    if (slot < 0) return
    const held = this.#column(name)[slot]
    if (Array.isArray(held)) for (const timer of [...held]) this.#remove(timer)
    else if (held !== undefined) this.#remove(held)
  }

  /** No timer is due before this time; cheap, and may be earlier than the first timer. */
  get dueNotBefore(): number {
    const top = this.#heap[0]
    return top === undefined ? Number.POSITIVE_INFINITY : top.queuedTime
  }

  /** The time of the first timer, infinity without one. */
  nextDue(): number {
    let top = this.#heap[0]
    while (top !== undefined && top.queuedTime < top.time) {
      top.queuedTime = top.time
      this.#siftDown(0)
      top = this.#heap[0]
    }
    return top === undefined ? Number.POSITIVE_INFINITY : top.time
  }

  /** Takes the first timer out, if it is due at `time`. */
  popDue(time: number): Timer | undefined {
    if (this.nextDue() > time) return undefined
    const top = this.#heap[0]
    if (top !== undefined) this.#remove(top)
    return top
  }

  /** Every timer, in no order, for a snapshot. */
  timers(): Iterable<{ readonly slot: number; readonly name: string; readonly time: number }> {
    return this.#heap
  }

  #column(name: string): (Timer | Timer[] | undefined)[] {
    if (name === this.#lastName && this.#lastColumn !== undefined) return this.#lastColumn
    let column = this.#byName.get(name)
    if (column === undefined) {
      column = []
      this.#byName.set(name, column)
    }
    this.#lastName = name
    this.#lastColumn = column
    return column
  }

  #push(slot: number, name: string, time: number): Timer {
    const timer: Timer = {
      slot,
      key: this.#keys.keyOfSlot(slot),
      name,
      time,
      queuedTime: time,
      index: this.#heap.length,
    }
    this.#heap.push(timer)
    this.#siftUp(timer.index)
    this.#keys.retain(slot)
    this.#keys.mark(slot)
    return timer
  }

  #remove(timer: Timer): void {
    const column = this.#column(timer.name)
    const held = column[timer.slot]
    if (Array.isArray(held)) {
      held.splice(held.indexOf(timer), 1)
      if (held.length === 1) column[timer.slot] = held[0]
    } else column[timer.slot] = undefined
    const last = this.#heap.pop() as Timer
    if (last !== timer) {
      last.index = timer.index
      this.#heap[last.index] = last
      this.#siftUp(last.index)
      this.#siftDown(last.index)
    }
    this.#keys.mark(timer.slot)
    this.#keys.release(timer.slot)
  }

  #siftUp(from: number): void {
    const heap = this.#heap
    const timer = heap[from] as Timer
    let at = from
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = heap[parentAt] as Timer
      if (!isBefore(timer, parent)) break
      heap[at] = parent
      parent.index = at
      at = parentAt
    }
    heap[at] = timer
    timer.index = at
  }

  #siftDown(from: number): void {
    const heap = this.#heap
    const timer = heap[from] as Timer
    const length = heap.length
    let at = from
    for (;;) {
      let childAt = 2 * at + 1
      if (childAt >= length) break
      let child = heap[childAt] as Timer
      if (childAt + 1 < length && isBefore(heap[childAt + 1] as Timer, child)) {
        childAt += 1
        child = heap[childAt] as Timer
      }
      if (!isBefore(child, timer)) break
      heap[at] = child
      child.index = at
      at = childAt
    }
    heap[at] = timer
    timer.index = at
  }
}

function checkTime(time: number): void {
  if (Number.isFinite(time)) return
  throw new MillraceError(
    'CORE_TIMESTAMP_INVALID',
    `a timer was registered for ${time}; the job's clock has no time in a replay of records without timestamps`,
  )
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.queuedTime !== b.queuedTime) return a.queuedTime < b.queuedTime
  const byKey = compareKeys(a.key, b.key)
  return byKey !== 0 ? byKey < 0 : a.name < b.name
}
