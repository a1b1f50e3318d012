import type { Hash } from '../../collections/hash-value.ts'

/**
 * What is known of a set of hashes: all of them while they are few, then for each of 2^precision registers the most zeros
 * that a hash of it began with, and one. Plain data, the same for the same set whatever the order.
 */
export interface HyperLogLog {
  /** Hashes of 53 bits; undefined once there were more than `registers / 32`. */
  hashes: Set<number> | undefined
  /** Undefined while there are `hashes`. */
  registers: Uint8Array | undefined
}

const LOW_BITS = 2 ** 21
/** One over 2 ln 2: the bias of the estimate for many registers. */
const ALPHA = 0.5 / Math.LN2

export function addHash(sketch: HyperLogLog, precision: number, { high, low }: Hash): void {
  if (sketch.registers !== undefined) raise(sketch.registers, precision, high, low >>> 11)
  else addFew(sketch, precision, (high >>> 0) * LOW_BITS + (low >>> 11))
}

export function mergeSketches(sketch: HyperLogLog, precision: number, other: HyperLogLog): void {
  if (other.hashes !== undefined) {
    for (const hash of other.hashes) addNumber(sketch, precision, hash)
    return
  }
  if (other.registers === undefined) return
  toRegisters(sketch, precision)
  const registers = sketch.registers as unknown as Uint8Array
  for (let i = 0; i < registers.length; i++) {
    const zeros = other.registers[i] as number
    if (zeros > (registers[i] as number)) registers[i] = zeros
  }
}

/**
 * How many hashes there were: exactly while they are few, then by Ertl's improved estimator (Ertl 2017, "New cardinality
 * estimation algorithms for HyperLogLog sketches", algorithm 6), which has no bias to be corrected by tables.
 */
export function estimate(sketch: HyperLogLog, precision: number): number {
  if (sketch.registers === undefined) return sketch.hashes?.size ?? 0
  const size = sketch.registers.length
  const most = 53 - precision
  const registersWith = new Float64Array(most + 2)
  for (const zeros of sketch.registers) registersWith[zeros] = (registersWith[zeros] as number) + 1
  let z = size * tau(1 - (registersWith[most + 1] as number) / size)
  for (let zeros = most; zeros >= 1; zeros--) z = 0.5 * (z + (registersWith[zeros] as number))
  z += size * sigma((registersWith[0] as number) / size)
  return Math.round((ALPHA * size * size) / z)
}

function addNumber(sketch: HyperLogLog, precision: number, hash: number): void {
  if (sketch.registers === undefined) addFew(sketch, precision, hash)
  else raise(sketch.registers, precision, Math.floor(hash / LOW_BITS) | 0, hash % LOW_BITS)
}

function addFew(sketch: HyperLogLog, precision: number, hash: number): void {
  sketch.hashes ??= new Set()
  sketch.hashes.add(hash)
  if (sketch.hashes.size > 2 ** precision / 32) toRegisters(sketch, precision)
}

function toRegisters(sketch: HyperLogLog, precision: number): void {
  if (sketch.registers !== undefined) return
  const { hashes } = sketch
  sketch.registers = new Uint8Array(2 ** precision)
  sketch.hashes = undefined
  for (const hash of hashes ?? []) addNumber(sketch, precision, hash)
}

/** `high` has the first 32 bits of a hash, `low` the other 21. The first bits name the register, the others are counted. */
function raise(registers: Uint8Array, precision: number, high: number, low: number): void {
  const register = high >>> (32 - precision)
  const rest = high << precision
  // Where all are zeros, one more than there are bits.
  const zeros = rest !== 0 ? Math.clz32(rest) : 32 - precision + Math.clz32(low) - 11
  if (zeros >= (registers[register] as number)) registers[register] = zeros + 1
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY
  let x = share
  let y = 1
  let z = x
  for (let before = Number.NaN; z !== before; ) {
    before = z
    x *= x
    z += x * y
    y += y
  }
  return z
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0
  let x = share
  let y = 1
  let z = 1 - x
  for (let before = Number.NaN; z !== before; ) {
    before = z
    x = Math.sqrt(x)
    y *= 0.5
    z -= (1 - x) * (1 - x) * y
  }
  return z / 3
}
