/**
 * Rows of one key by time, those of one time as they arrived, in columns: declared state, changed in place. Columns, since an object
 * a row and a box for its time made a record cost as much again.
 *
 * ```
 *   times, values   [ freed | head: held still | first: looked back over | end: wait ]
 *                                                inFront, the rest
 * ```
 */
export interface HeldRows<In> {
  times: number[]
  values: In[]
  /** Where what is held begins. What is before it goes when it is half of the columns. */
  head: number
  /** Where what the newest row looks back over begins. */
  first: number
  /** Where what has not been taken yet begins. */
  end: number
  /** So many from `first` on are the front of the stacks: see `RowStacks`. */
  inFront: number
}

/** Columns as short as this are not worth a copy. */
const SHRINKS_FROM = 16
/** Rows that are moved one by one: a call costs more. */
const MOVED_SINGLY = 32

export function noRows<In>(): HeldRows<In> {
  return { times: [], values: [], head: 0, first: 0, end: 0, inFront: 0 }
}

/**
 * Puts a row in its place among those that wait: behind all of its time. Takes as long as it has rows to pass; in order, or nearly, that
 * is none or a few.
 */
export function addWaiting<In>({ times, values, end }: HeldRows<In>, value: In, timestamp: number): void {
  const { length } = times
  let at = length
  times.push(timestamp)
  values.push(value)
  for (; at > end && (times[at - 1] as number) > timestamp; at--) {
    if (length - at === MOVED_SINGLY) {
      times.pop()
      values.pop()
      insertFar(times, values, end, value, timestamp)
      return
    }
  }
  for (let i = length; i > at; i--) {
    times[i] = times[i - 1] as number
    values[i] = values[i - 1] as In
  }
  times[at] = timestamp
  values[at] = value
}

function insertFar<In>(times: number[], values: In[], end: number, value: In, timestamp: number): void {
  const at = placeOf(times, end, (time) => time > timestamp)
  times.splice(at, 0, timestamp)
  values.splice(at, 0, value)
}

/** The time of the first row that waits; infinite where none does. */
export function firstWaiting({ times, end }: HeldRows<unknown>): number {
  return end === times.length ? Number.POSITIVE_INFINITY : (times[end] as number)
}

/** Lets go of the rows before `head`. A row is copied once at most on average, however many there are. */
export function compact(rows: HeldRows<unknown>): void {
  const { times, values, head } = rows
  const held = times.length - head
  if (held > 0 ? head < SHRINKS_FROM || head < held : head === 0) return
  if (held === 0 && head < SHRINKS_FROM) {
    // The next ones come into the same memory.
    while (times.length > 0) {
      times.pop()
      values.pop()
    }
  } else {
    rows.times = times.slice(head)
    rows.values = values.slice(head)
  }
  rows.first -= head
  rows.end -= head
  rows.head = 0
}

/** The place of the first held row at this time or later. */
export function firstFrom({ times, head }: HeldRows<unknown>, time: number): number {
  return placeOf(times, head, (other) => other >= time)
}

/** The first place from `from` on whose time is so, where all later ones are too. */
function placeOf(times: readonly number[], from: number, isSo: (time: number) => boolean): number {
  let low = from
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isSo(times[middle] as number)) high = middle
    else low = middle + 1
  }
  return low
}
