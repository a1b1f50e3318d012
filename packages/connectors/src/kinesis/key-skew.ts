/** How the records of a window were spread over keys. */
export interface KeySkew {
  readonly records: number
  readonly bytes: number
  /** Of the key that had the most records. */
  readonly topRecords: number
  readonly topBytes: number
  /** How many keys were seen; at least so many, where there were more than are counted. */
  readonly keys: number
}

const WINDOW = 10_000
/** Keys that are counted in a window. One that has most of the records is among the first. */
const COUNTED = 1_000

/** Counts by key, 10,000 records at a time; at the end of each window it says how they were spread. Keeps at most 1,000 keys. */
export class KeySkewMeter {
  readonly #byKey = new Map<string, { records: number; bytes: number }>()
  #records = 0
  #bytes = 0

  add(key: string, bytes: number): KeySkew | undefined {
    this.#records += 1
    this.#bytes += bytes
    const counted = this.#byKey.get(key)
    if (counted !== undefined) {
      counted.records += 1
      counted.bytes += bytes
    } else if (this.#byKey.size < COUNTED) {
      this.#byKey.set(key, { records: 1, bytes })
    }
    return this.#records === WINDOW ? this.#end() : undefined
  }

  #end(): KeySkew {
    let top = { records: 0, bytes: 0 }
    for (const counted of this.#byKey.values()) if (counted.records > top.records) top = counted
    const skew = {
      records: this.#records,
      bytes: this.#bytes,
      topRecords: top.records,
      topBytes: top.bytes,
      keys: this.#byKey.size,
    }
    this.#byKey.clear()
    this.#records = 0
    this.#bytes = 0
    return skew
  }
}
