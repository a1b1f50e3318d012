/** How many lists stand at each place. */
const LISTS = 3

/** One rule in one list. */
export interface Listed {
  readonly slot: number
  readonly at: number
  /** 0, 1 or 2. */
  readonly list: number
  /** The rule's. */
  readonly index: number
}

/**
 * Lists of rules in a few flat arrays, since there are tens of thousands and most hold one rule or none: by slot, in each slot by place, and
 * three at a place.
 *
 * ```
 *   slots     0    2 2        5        where the places of each slot begin
 *   at        88  92   60 60.5 61      ascending in a slot
 *   starts    0 1 1 2 2 3 ...          where each list begins in `rules`, three a place
 *   rules     4  17 4 ...              indexes, ascending in a list
 * ```
 */
export class RuleLists {
  /** One more than there are slots: where the last ones end; `starts` too. */
  readonly slots: Int32Array
  readonly at: Float64Array
  readonly starts: Int32Array
  readonly rules: Int32Array

  constructor(slots: Int32Array, at: Float64Array, starts: Int32Array, rules: Int32Array) {
    this.slots = slots
    this.at = at
    this.starts = starts
    this.rules = rules
  }

  /** Where a list begins in `rules`; it ends where the next one begins. */
  start(place: number, list: number): number {
    return this.starts[LISTS * place + list] as number
  }

  /** The first place of a slot that is not below a value; where the slot ends if there is none. */
  firstPlace(slot: number, value: number): number {
    let low = this.slots[slot] as number
    let high = this.slots[slot + 1] as number
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.at[middle] as number) < value) low = middle + 1
      else high = middle
    }
    return low
  }
}

const EMPTY = new RuleLists(Int32Array.of(0), new Float64Array(0), Int32Array.of(0), new Int32Array(0))

/** Lists that follow from others. */
export interface ListsBefore {
  readonly lists: RuleLists
  /** By slot: the same one before, -1 for none. */
  readonly slotBefore: readonly number[]
  /** By index before: the index now, -1 for a rule that is not in the lists any more. Ascending but for those. */
  readonly indexNow: Int32Array
}

/** The lists of so many slots: those before, without what is there no more and with what is new. In one pass over both. */
export function ruleLists(slots: number, fresh: readonly Listed[], before?: ListsBefore): RuleLists {
  const sorted = fresh.toSorted((a, b) => a.slot - b.slot || a.at - b.at || a.list - b.list || a.index - b.index)
  const writer = new ListWriter(before, sorted, slots)
  for (let slot = 0; slot < slots; slot++) writer.write(slot)
  return writer.lists()
}

class ListWriter {
  readonly #old: RuleLists
  readonly #slotBefore: readonly number[]
  readonly #indexNow: Int32Array
  readonly #fresh: readonly Listed[]
  readonly #slots: Int32Array
  readonly #at: Float64Array
  readonly #starts: Int32Array
  readonly #rules: Int32Array
  /** How many of the fresh are written, and places, and rules. */
  #taken = 0
  #places = 0
  #length = 0

  constructor(before: ListsBefore | undefined, fresh: readonly Listed[], slots: number) {
    this.#old = before?.lists ?? EMPTY
    this.#slotBefore = before?.slotBefore ?? []
    this.#indexNow = before?.indexNow ?? new Int32Array(0)
    this.#fresh = fresh
    const most = this.#old.at.length + fresh.length
    this.#slots = new Int32Array(slots + 1)
    this.#at = new Float64Array(most)
    this.#starts = new Int32Array(LISTS * most + 1)
    this.#rules = new Int32Array(this.#old.rules.length + fresh.length)
  }

  write(slot: number): void {
    const earlier = this.#slotBefore[slot] ?? -1
    let old = earlier === -1 ? 0 : (this.#old.slots[earlier] as number)
    const end = earlier === -1 ? 0 : (this.#old.slots[earlier + 1] as number)
    for (;;) {
      const oldAt = old < end ? (this.#old.at[old] as number) : Infinity
      const freshAt = this.#fresh[this.#taken]?.slot === slot ? (this.#fresh[this.#taken] as Listed).at : Infinity
      const at = Math.min(oldAt, freshAt)
      if (at === Infinity) break
      this.#writePlace(slot, at, oldAt === at ? old++ : -1)
    }
    this.#slots[slot + 1] = this.#places
  }

  #writePlace(slot: number, at: number, old: number): void {
    const first = this.#length
    for (let list = 0; list < LISTS; list++) {
      this.#starts[LISTS * this.#places + list] = this.#length
      let from = old === -1 ? 0 : this.#old.start(old, list)
      const end = old === -1 ? 0 : this.#old.start(old, list + 1)
      for (;;) {
        const next = this.#fresh[this.#taken]
        const isHere = next !== undefined && next.slot === slot && next.at === at && next.list === list
        const freshIndex = isHere ? next.index : Infinity
        while (from < end && this.#now(from) < freshIndex) this.#add(this.#now(from++))
        if (!isHere) break
        this.#add(next.index)
        this.#taken++
      }
    }
    if (this.#length === first) return
    this.#at[this.#places++] = at
    this.#starts[LISTS * this.#places] = this.#length
  }

  #now(from: number): number {
    return this.#indexNow[this.#old.rules[from] as number] as number
  }

  #add(index: number): void {
    if (index !== -1) this.#rules[this.#length++] = index
  }

  lists(): RuleLists {
    const [places, length] = [this.#places, this.#length]
    return new RuleLists(
      this.#slots,
      this.#at.slice(0, places),
      this.#starts.slice(0, LISTS * places + 1),
      this.#rules.slice(0, length),
    )
  }
}
