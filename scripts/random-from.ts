/** A stream of fractions in `[0, 1)` that a seed repeats (Lehmer, modulo 2^31 - 1). */
export function randomFrom(seed: number): () => number {
  let state = (Math.abs(Math.trunc(seed)) % 2_147_483_645) + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
