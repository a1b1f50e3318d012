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
 *
 * A key with a time of its own stands apart: its timers wait in a heap of their own, and `popDue` does not see them.
 */
export class TimerQueue implements TimerRegistry {
  readonly #keys: TimerKeys
  readonly #heap: Timer[] = []
  /** By slot, a heap of its own for each key that stands apart. */
  readonly #apart: (Timer[] | undefined)[] = []
  #size = 0
  /** A timer, or a list of several, by slot, for each name in use. */
  readonly #byName = new Map<string, (Timer | Timer[] | undefined)[]>()
  #lastName: string | undefined
  #lastColumn: (Timer | Timer[] | undefined)[] | undefined

  constructor(keys: TimerKeys) {
    this.#keys = keys
  }

  get size(): number {
    return this.#size
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
      siftUp(this.#heapOf(slot), held.index)
    }
  }

  cancel(name: string): void {
    const slot = this.#keys.currentSlot
    if (slot < 0) return
    const held = this.#column(name)[slot]
    if (Array.isArray(held)) for (const timer of [...held]) this.#remove(timer)
    else if (held !== undefined) this.#remove(held)
  }

  /** The time of the current key's timer of this name, of which it has one at most. */
  timeOf(name: string): number | undefined {
    const slot = this.#keys.currentSlot
    const held = slot < 0 ? undefined : this.#column(name)[slot]
    return Array.isArray(held) ? held[0]?.time : held?.time
  }

  /** No timer is due before this time; cheap, and may be earlier than the first timer. Of keys that do not stand apart. */
  get dueNotBefore(): number {
    const top = this.#heap[0]
    return top === undefined ? Number.POSITIVE_INFINITY : top.queuedTime
  }

  /** The time of the first timer, infinity without one. Of keys that do not stand apart. */
  nextDue(): number {
    return firstTime(this.#heap)
  }

  /** Takes the first timer out, if it is due at `time`. Of keys that do not stand apart. */
  popDue(time: number): Timer | undefined {
    return this.#pop(this.#heap, time)
  }

  /** From now on this key's timers wait apart from the others. */
  setApart(slot: number): void {
    if (this.#apart[slot] !== undefined) return
    const own: Timer[] = []
    this.#move(slot, this.#heap, own)
    this.#apart[slot] = own
  }

  /** This key's timers wait among the others again. */
  putBack(slot: number): void {
    const own = this.#apart[slot]
    if (own === undefined) return
    this.#apart[slot] = undefined
    for (const timer of own) push(this.#heap, timer)
  }

  /** The time of the first timer of a key that stands apart, infinity without one. */
  nextDueOf(slot: number): number {
    return firstTime(this.#apart[slot] ?? NONE)
  }

  /** Takes the first timer of a key that stands apart, if it is due at `time`. */
  popDueOf(slot: number, time: number): Timer | undefined {
    return this.#pop(this.#apart[slot] ?? NONE, time)
  }

  /** Every timer, in no order, for a snapshot. */
  *timers(): Iterable<{ readonly slot: number; readonly name: string; readonly time: number }> {
    yield* this.#heap
    for (const own of this.#apart) if (own !== undefined) yield* own
  }

  #pop(heap: Timer[], time: number): Timer | undefined {
    if (firstTime(heap) > time) return undefined
    const top = heap[0]
    if (top !== undefined) this.#remove(top)
    return top
  }

  #heapOf(slot: number): Timer[] {
    return this.#apart.length === 0 ? this.#heap : (this.#apart[slot] ?? this.#heap)
  }

  #move(slot: number, from: Timer[], to: Timer[]): void {
    for (const column of this.#byName.values()) {
      const held = column[slot]
      if (held === undefined) continue
      for (const timer of Array.isArray(held) ? held : [held]) {
        takeOut(from, timer)
        push(to, timer)
      }
    }
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
    const timer: Timer = { slot, key: this.#keys.keyOfSlot(slot), name, time, queuedTime: time, index: 0 }
    push(this.#heapOf(slot), timer)
    this.#size += 1
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
    takeOut(this.#heapOf(timer.slot), timer)
    this.#size -= 1
    this.#keys.mark(timer.slot)
    this.#keys.release(timer.slot)
  }
}

const NONE: Timer[] = []

/** The time of a heap's first timer; sinks those that were moved to a later one on the way. */
function firstTime(heap: Timer[]): number {
  let top = heap[0]
  while (top !== undefined && top.queuedTime < top.time) {
    top.queuedTime = top.time
    siftDown(heap, 0)
    top = heap[0]
  }
  return top === undefined ? Number.POSITIVE_INFINITY : top.time
}

function push(heap: Timer[], timer: Timer): void {
  timer.index = heap.length
  heap.push(timer)
  siftUp(heap, timer.index)
}

function takeOut(heap: Timer[], timer: Timer): void {
  const last = heap.pop() as Timer
  if (last === timer) return
  last.index = timer.index
  heap[last.index] = last
  siftUp(heap, last.index)
  siftDown(heap, last.index)
}

function siftUp(heap: Timer[], from: number): void {
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

function siftDown(heap: Timer[], from: number): void {
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

function checkTime(time: number): void {
  if (Number.isFinite(time)) return
  throw new MillraceError(
    'CORE_TIMESTAMP_INVALID',
    "a timer was registered for what is no finite number; the job's clock has no time in a replay of records without timestamps",
  )
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.queuedTime !== b.queuedTime) return a.queuedTime < b.queuedTime
  const byKey = compareKeys(a.key, b.key)
  return byKey !== 0 ? byKey < 0 : a.name < b.name
}
