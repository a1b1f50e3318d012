/**
 * A 32-bit hash of three whole numbers, `[0, 2^32)`. The generator draws all its chance from it: what happens to a
 * patient at a second depends on (seed, patient, second) alone, so that any second can be made without those before it.
 */
export function mix(seed: number, a: number, b: number): number {
  let h = seed ^ Math.imul(a + 1, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h ^= Math.imul(b + 1, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  return (h ^ (h >>> 15)) >>> 0
}

/** The same as a fraction in `[0, 1)`. */
export function fraction(seed: number, a: number, b: number): number {
  return mix(seed, a, b) / 0x1_0000_0000
}

/** A seed for one purpose, so that two purposes do not draw the same numbers. */
export function subSeed(seed: number, purpose: number): number {
  return mix(Math.trunc(seed / 0x1_0000_0000), seed | 0, purpose) | 0
}
