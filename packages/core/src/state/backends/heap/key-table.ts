import { ChunkedIntegers } from '../../../collections/chunked-integers.ts'
import { checkKey, compareKeys, type Key } from '../../../elements/key.ts'
import { MillraceError } from '../../../errors.ts'
import type { TimerKeys } from '../../../time/timer-queue.ts'

const SHARDS = 64
/** It has changed since the marks were last taken. */
const MARKED = 1
/** The key stood among the marked ones when they were last taken: whoever took it has to hear that it is gone. */
const TAKEN = 2
/** It stands in the list of those that nothing referred to. */
const IDLE = 4
const REFERENCE = 8
/** Up to so many keys one `Map` serves: it is a little faster, and copying it takes a few ms at most. */
const UNSHARDED_KEYS = 32_768

/**
 * Keys and their slots. A slot is kept while anything refers to it (a value, a pane's cell, a timer) and can be found
 * again for a while after that: it goes to another key when one needs a slot, or at a sweep. So a key that comes back with
 * each window costs no more than a look-up.
 *
 * A large table is cut in shards by a cheap hash of the key's ends: one growing `Map` stops the world when it is copied.
 */
export class KeyTable implements TimerKeys {
  currentKey: Key | undefined
  currentSlot = -1
  #shards: Map<Key, number>[] = [new Map()]
  readonly #keys: Key[] = []
  /** By slot: `MARKED`, `TAKEN` and `IDLE`, and how many refer to it, times `REFERENCE`. */
  readonly #flags = new ChunkedIntegers()
  #idle: number[] = []
  readonly #free: number[] = []
  #live = 0
  /** Keys that were forgotten since the marks were last taken. */
  #forgotten: Key[] = []
  /** By slot, the place of its key among all; none once a key was added. */
  #ranks: Uint32Array | undefined
  #byRank: Uint32Array | undefined

  /** How many keys have anything. */
  get keyCount(): number {
    return this.#live
  }

  /** One more than the largest slot ever given out. */
  get slotCount(): number {
    return this.#keys.length
  }

  setCurrentKey(key: Key): void {
    if (typeof key !== 'string') checkKey(key)
    this.currentKey = key
    const slot = shardOf(this.#shards, key).get(key)
    this.currentSlot = slot === undefined ? -1 : slot
  }

  setCurrentSlot(slot: number): void {
    this.currentSlot = slot
    this.currentKey = this.#keys[slot] as Key
  }

  /** No key is current any more. */
  leaveKey(): void {
    this.currentKey = undefined
    this.currentSlot = -1
  }

  /** @throws CORE_NOT_KEYED where no key is current: in `open`, or for a record of an unkeyed input. */
  ensureSlot(): number {
    if (this.currentSlot >= 0) return this.currentSlot
    const key = this.currentKey
    if (key === undefined) throw new MillraceError('CORE_NOT_KEYED', 'keyed state was written where no key is current')
    const slot = this.#takeSlot()
    this.#keys[slot] = key
    this.#ranks = undefined
    // Idle until something refers to it: a function may ask for a slot and then write nothing.
    this.#flags.set(slot, IDLE)
    this.#idle.push(slot)
    shardOf(this.#shards, key).set(key, slot)
    if (this.#shards.length === 1 && this.#keys.length > UNSHARDED_KEYS) this.#shard()
    this.currentSlot = slot
    return slot
  }

  keyOfSlot(slot: number): Key {
    return this.#keys[slot] as Key
  }

  isLive(slot: number): boolean {
    return this.#flags.get(slot) >= REFERENCE
  }

  retain(slot: number): void {
    const flags = this.#flags.get(slot)
    if (flags < REFERENCE) this.#live += 1
    this.#flags.set(slot, flags + REFERENCE)
  }

  release(slot: number): void {
    const flags = this.#flags.get(slot) - REFERENCE
    this.#flags.set(slot, flags)
    if (flags >= REFERENCE) return
    this.#live -= 1
    if ((flags & IDLE) === 0) {
      this.#flags.set(slot, flags | IDLE)
      this.#idle.push(slot)
    }
  }

  mark(slot: number): void {
    const flags = this.#flags.get(slot)
    if ((flags & MARKED) === 0) this.#flags.set(slot, flags | MARKED)
  }

  /**
   * The slots sorted by their keys. Ranks of all keys are kept from one call to the next while no key is added, so that a
   * stable ward's windows sort small whole numbers instead of texts.
   */
  inKeyOrder(slots: readonly number[]): readonly number[] {
    if (slots.length < 2) return slots
    if (this.#ranks === undefined) {
      if (slots.length * 4 < this.#keys.length) {
        return [...slots].sort((a, b) => compareKeys(this.#keys[a] as Key, this.#keys[b] as Key))
      }
      this.#rank()
    }
    const ranks = this.#ranks as Uint32Array
    const byRank = this.#byRank as Uint32Array
    const sorted = new Uint32Array(slots.length)
    for (let i = 0; i < slots.length; i++) sorted[i] = ranks[slots[i] as number] as number
    sorted.sort()
    return Array.from(sorted, (rank) => byRank[rank] as number)
  }

  #rank(): void {
    const slots = Uint32Array.from(this.#keys.keys())
    const byRank = Uint32Array.from([...slots].sort((a, b) => compareKeys(this.#keys[a] as Key, this.#keys[b] as Key)))
    const ranks = new Uint32Array(byRank.length)
    for (let rank = 0; rank < byRank.length; rank++) ranks[byRank[rank] as number] = rank
    this.#ranks = ranks
    this.#byRank = byRank
  }

  /** Keys that changed since the last call, forgotten ones among them; clears the marks. */
  takeMarked(): Key[] {
    const marked = this.#forgotten
    this.#forgotten = []
    for (let slot = 0; slot < this.#keys.length; slot++) {
      const flags = this.#flags.get(slot)
      if ((flags & MARKED) === 0) continue
      this.#flags.set(slot, (flags & ~MARKED) | TAKEN)
      marked.push(this.#keys[slot] as Key)
    }
    return marked
  }

  /** Forgets every key with nothing left. The current key is none afterwards. */
  sweep(): void {
    this.currentSlot = -1
    for (const slot of this.#idle) {
      if (this.#leaveIdle(slot)) {
        this.#forget(slot)
        this.#free.push(slot)
      }
    }
    this.#idle = []
  }

  #shard(): void {
    const [all] = this.#shards
    const shards = Array.from({ length: SHARDS }, () => new Map<Key, number>())
    for (const [key, slot] of all ?? []) shardOf(shards, key).set(key, slot)
    this.#shards = shards
  }

  #takeSlot(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    while (this.#idle.length > 0) {
      const slot = this.#idle.pop() as number
      if (this.#leaveIdle(slot)) {
        this.#forget(slot)
        return slot
      }
    }
    return this.#keys.length
  }

  /** The slot is no longer among the idle ones; true where nothing refers to it. */
  #leaveIdle(slot: number): boolean {
    const flags = this.#flags.get(slot) & ~IDLE
    this.#flags.set(slot, flags)
    return flags < REFERENCE
  }

  #forget(slot: number): void {
    const key = this.#keys[slot] as Key
    shardOf(this.#shards, key).delete(key)
    if ((this.#flags.get(slot) & TAKEN) !== 0) this.#forgotten.push(key)
    this.#flags.set(slot, 0)
  }
}

function shardOf(shards: Map<Key, number>[], key: Key): Map<Key, number> {
  if (shards.length === 1) return shards[0] as Map<Key, number>
  let hash: number
  if (typeof key === 'string') {
    const length = key.length
    hash =
      length < 3
        ? length
        : key.charCodeAt(length - 1) + 31 * key.charCodeAt(length - 2) + 7 * key.charCodeAt(length - 3)
  } else hash = typeof key === 'number' ? key | 0 : Number(BigInt.asIntN(31, BigInt(key)))
  return shards[hash & (SHARDS - 1)] as Map<Key, number>
}
