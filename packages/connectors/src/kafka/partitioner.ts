/**
 * The partition of a key, as Kafka's Java client chooses it: records of a key come to the same partition, whoever writes them.
 */
export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitionCount
}

/**
 * The partition of records without a key: one, until its batch goes or is full, then the next, so that batches are large
 * (KIP-480, in turn instead of at random).
 */
export class StickyPartition {
  #current: number
  #isUsed = false

  /** `start`: any whole number; writers with different ones do not all begin at the same partition. */
  constructor(start: number) {
    this.#current = start
  }

  /** `takesMore`: whether a batch of this partition has been begun, waits, and has room. */
  pick(partitionCount: number, takesMore: (partition: number) => boolean): number {
    // The count may have changed since.
    this.#current %= partitionCount
    if (this.#isUsed && !takesMore(this.#current)) this.#current = (this.#current + 1) % partitionCount
    this.#isUsed = true
    return this.#current
  }
}

const M = 0x5bd1_e995
const SEED = 0x9747_b28c | 0

/** MurmurHash2, 32 bits, signed: org.apache.kafka.common.utils.Utils.murmur2. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  const whole = length & ~3
  let h = SEED ^ length
  for (let at = 0; at < whole; at += 4) {
    let k = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    h = Math.imul(h, M) ^ Math.imul(k, M)
  }
  const rest = length - whole
  if (rest === 3) h ^= byte(bytes, whole + 2) << 16
  if (rest >= 2) h ^= byte(bytes, whole + 1) << 8
  if (rest >= 1) h = Math.imul(h ^ byte(bytes, whole), M)
  h = Math.imul(h ^ (h >>> 13), M)
  return h ^ (h >>> 15)
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}
