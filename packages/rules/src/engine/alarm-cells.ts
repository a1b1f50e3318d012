import { FLAGS, RUN, SINCE } from '../alarms/delayed-alarm.ts'

/**
 * The alarms of a patient that are not at rest: how many, then for each the rule's index, flags, run, since and began, by index, then room for
 * more. It is written in place.
 */
export type AlarmNumbers = Float64Array

const COUNT = 0
const FIRST = 1
const INDEX = 0
/** From the index on lies what `delayed-alarm.ts` calls a cell. */
const CELL = 1
const STRIDE = 5
const SMALLEST = 4

/** The cell of a rule that is at rest: not raised, no run under way, and never raised before. */
const AT_REST: Float64Array = Float64Array.of(0, Number.NaN, -Infinity, Number.NaN)

export function emptyAlarms(): AlarmNumbers {
  return new Float64Array(FIRST + SMALLEST * STRIDE)
}

/** As they are stored, without room for more. */
export function packAlarms(numbers: AlarmNumbers): Float64Array {
  return numbers.slice(FIRST, FIRST + (numbers[COUNT] as number) * STRIDE)
}

export function unpackAlarms(packed: Float64Array): AlarmNumbers {
  const numbers = new Float64Array(FIRST + Math.max(packed.length, SMALLEST * STRIDE))
  numbers[COUNT] = packed.length / STRIDE
  numbers.set(packed, FIRST)
  return numbers
}

/**
 * Finds and keeps the cells of the patient at hand. Memory is spent on rules that have moved alone, and a call looks at those alone.
 *
 * A place is good until the next call of `own` or `tidy`.
 */
export class AlarmCells {
  #numbers: AlarmNumbers = emptyAlarms()
  #count = 0

  begin(numbers: AlarmNumbers): void {
    this.#numbers = numbers
    this.#count = numbers[COUNT] as number
  }

  /** What is to be kept; longer than what there was where more had to be remembered. */
  get numbers(): AlarmNumbers {
    return this.#numbers
  }

  /** How many are not at rest. */
  get count(): number {
    return this.#count
  }

  /** The index of the rule that the nth of them is of. */
  indexOf(nth: number): number {
    return this.#numbers[FIRST + nth * STRIDE + INDEX] as number
  }

  /** The place of the nth of them. */
  placeOf(nth: number): number {
    return FIRST + nth * STRIDE + CELL
  }

  /** Where a rule's cell is, -1 where it is at rest. */
  find(index: number): number {
    const nth = this.#atOrAfter(index)
    return nth < this.#count && this.indexOf(nth) === index ? this.placeOf(nth) : -1
  }

  /** What a place is of: the patient's numbers, or the cell of all that is at rest, which begins at 0 and is never written. */
  cellsAt(place: number): Float64Array {
    return place === -1 ? AT_REST : this.#numbers
  }

  /** The place of a rule's cell, to be written. */
  own(index: number): number {
    const nth = this.#atOrAfter(index)
    if (nth === this.#count || this.indexOf(nth) !== index) this.#insert(nth, index)
    return this.placeOf(nth)
  }

  /** Lets go of a cell that is at rest again, and says whether it was. */
  tidy(place: number): boolean {
    const numbers = this.#numbers
    if (numbers[place + FLAGS] !== 0 || numbers[place + SINCE] !== -Infinity) return false
    if (!Number.isNaN(numbers[place + RUN] as number)) return false
    this.remove(place)
    return true
  }

  /** Makes a rule's cell what it is among others. */
  copy(index: number, from: AlarmCells): void {
    const place = from.find(index)
    if (place === -1) {
      const own = this.find(index)
      if (own !== -1) this.remove(own)
      return
    }
    const at = this.own(index)
    this.#numbers.set(from.numbers.subarray(place, place + STRIDE - CELL), at)
  }

  /** Forgets a cell. */
  remove(place: number): void {
    const numbers = this.#numbers
    const end = FIRST + this.#count * STRIDE
    // They are few: a call of `copyWithin` would take longer.
    for (let i = place - CELL + STRIDE; i < end; i++) numbers[i - STRIDE] = numbers[i] as number
    numbers[COUNT] = --this.#count
  }

  /** Gives each cell its rule's new index. They stay in their order. */
  renumber(indexNow: Int32Array): void {
    const numbers = this.#numbers
    const end = FIRST + this.#count * STRIDE
    for (let at = FIRST + INDEX; at < end; at += STRIDE) numbers[at] = indexNow[numbers[at] as number] as number
  }

  #insert(nth: number, index: number): void {
    const at = FIRST + nth * STRIDE
    const end = FIRST + this.#count * STRIDE
    if (end + STRIDE > this.#numbers.length) {
      const longer = new Float64Array(FIRST + 2 * (end - FIRST))
      longer.set(this.#numbers)
      this.#numbers = longer
    }
    const numbers = this.#numbers
    for (let i = end - 1; i >= at; i--) numbers[i + STRIDE] = numbers[i] as number
    numbers[at + INDEX] = index
    for (let i = 0; i < AT_REST.length; i++) numbers[at + CELL + i] = AT_REST[i] as number
    numbers[COUNT] = ++this.#count
  }

  /** The first of them whose rule does not come before. */
  #atOrAfter(index: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.indexOf(middle) < index) low = middle + 1
      else high = middle
    }
    return low
  }
}
