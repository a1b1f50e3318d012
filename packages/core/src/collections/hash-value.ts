/** A hash of 64 bits, in two halves of 32. */
export interface Hash {
  high: number
  low: number
}

const bytes = new DataView(new ArrayBuffer(8))

/**
 * The hash of a value, written to `hash`: the same on every machine and in every run, since sketches of it are kept in
 * checkpoints. It is spread evenly, and not against someone who chooses values so that their hashes meet. Types are told
 * apart (`1` is not `'1'`); 0 and -0 are one.
 *
 * Two lanes of MurmurHash3 (x86, 32 bit; Appleby 2011), begun apart and mixed with each other at the end.
 */
export function hashValue(value: string | number | bigint | boolean, hash: Hash): void {
  switch (typeof value) {
    case 'number':
      // Adding 0 makes -0 a 0. Big-endian on every machine.
      bytes.setFloat64(0, value + 0)
      begin(hash, 1)
      addWord(hash, bytes.getInt32(0))
      addWord(hash, bytes.getInt32(4))
      finish(hash, 8)
      break
    case 'string':
      begin(hash, 2)
      addText(hash, value)
      break
    case 'bigint':
      begin(hash, 3)
      addText(hash, value.toString(36))
      break
    default:
      begin(hash, 4)
      addWord(hash, value ? 1 : 0)
      finish(hash, 4)
  }
}

function begin(hash: Hash, type: number): void {
  hash.high = Math.imul(type, 0x9e3779b1)
  hash.low = Math.imul(type, 0x7feb352d) ^ 0x5bd1e995
}

/** Two UTF-16 code units a word. */
function addText(hash: Hash, text: string): void {
  const even = text.length & ~1
  for (let i = 0; i < even; i += 2) addWord(hash, text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16))
  if (even < text.length) addWord(hash, text.charCodeAt(even))
  finish(hash, text.length * 2)
}

function addWord(hash: Hash, word: number): void {
  let a = Math.imul(word, 0xcc9e2d51)
  a = Math.imul((a << 15) | (a >>> 17), 0x1b873593)
  a ^= hash.high
  hash.high = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0
  let b = Math.imul(word, 0x239b961b)
  b = Math.imul((b << 16) | (b >>> 16), 0xab0e9789)
  b ^= hash.low
  hash.low = (Math.imul((b << 17) | (b >>> 15), 5) + 0x0bcaa747) | 0
}

function finish(hash: Hash, length: number): void {
  let a = hash.high ^ length
  let b = hash.low ^ length
  a = (a + b) | 0
  b = (b + a) | 0
  a = spread(a)
  b = spread(b)
  hash.high = (a + b) | 0
  hash.low = (b + hash.high) | 0
}

function spread(word: number): number {
  let w = word ^ (word >>> 16)
  w = Math.imul(w, 0x85ebca6b)
  w ^= w >>> 13
  w = Math.imul(w, 0xc2b2ae35)
  return w ^ (w >>> 16)
}
