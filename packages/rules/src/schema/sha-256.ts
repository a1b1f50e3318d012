// SHA-256 of FIPS 180-4, in plain TypeScript: a rule set gets the same version in a browser as on a server, at once and
// not by a promise (WebCrypto), and without `node:crypto`. It hashes rule sets, the ids of alarms, and each entry of an audit: so no
// array is taken apart and nothing is allocated but the result, however long a text is.

const ROUND = fractions(64, 1 / 3)
const INITIAL = fractions(8, 1 / 2)
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const ENCODER = new TextEncoder()
const BLOCK = 64
/** The padding is a bit, zeros, and the length in eight bytes. */
const LEAST_PADDING = 9
/** How much of a text is taken at once: a UTF-16 code unit takes at most three bytes. */
const CHUNK = 16_384

/** From so many characters on it is worth asking whether the platform has a faster one. */
const LONG = 50_000

// Node's own hashes a set of ten thousand rules in 2 ms, what is here in 11. It is not imported: a browser has none.
const platform = (globalThis as Platform).process?.getBuiltinModule?.('node:crypto')

interface Platform {
  readonly process?: { getBuiltinModule?(name: 'node:crypto'): NodeCrypto | undefined }
}

interface NodeCrypto {
  createHash(name: 'sha256'): { update(text: string): unknown; digest(encoding: 'hex'): string }
}

// Scratch: written anew by each call, which runs to its end before another begins.
const hash = new Int32Array(8)
const schedule = new Int32Array(64)
const message = new Uint8Array(BLOCK + 3 * CHUNK + BLOCK)

/** The SHA-256 of a text's UTF-8 bytes, as 64 lower-case hexadecimal digits. */
export function sha256(text: string): string {
  return sha256OfPieces([text])
}

/** The same of a text in pieces, none of which ends inside of a surrogate pair. */
export function sha256OfPieces(pieces: readonly string[]): string {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (length < LONG || platform === undefined) return plainSha256(pieces)
  const hash = platform.createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

/** The same, by what is in this file alone. */
export function plainSha256(pieces: readonly string[]): string {
  hash.set(INITIAL)
  let waiting = 0
  let bytes = 0
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; ) {
      const end = endOfChunk(piece, from)
      const written = write(piece, from, end, waiting)
      waiting = compressAll(waiting + written)
      bytes += written
      from = end
    }
  }
  compressAll(pad(waiting, bytes))
  let digits = ''
  for (let i = 0; i < 8; i++) {
    const word = hash[i] as number
    digits += HEX[word >>> 24]
    digits += HEX[(word >>> 16) & 255]
    digits += HEX[(word >>> 8) & 255]
    digits += HEX[word & 255]
  }
  return digits
}

/** Writes part of a text into `message` at a place; returns how many bytes that takes. */
function write(text: string, from: number, end: number, place: number): number {
  let at = place
  for (let i = from; i < end; i++) {
    const code = text.charCodeAt(i)
    // Most texts have nothing beyond ASCII, and calls of the encoder take longer than short ones.
    if (code >= 0x80) return at - place + ENCODER.encodeInto(text.slice(i, end), message.subarray(at)).written
    message[at++] = code
  }
  return at - place
}

function endOfChunk(text: string, from: number): number {
  const end = from + CHUNK
  if (end >= text.length) return text.length
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last < 0xdc00 ? end - 1 : end
}

/** Takes the whole blocks of what is in `message`; what is left moves to its front. Returns how much that is. */
function compressAll(length: number): number {
  const whole = length - (length % BLOCK)
  for (let block = 0; block < whole; block += BLOCK) compress(block)
  if (whole > 0) message.copyWithin(0, whole, length)
  return length - whole
}

/** Writes the padding behind what is left of so many bytes; returns where it ends. */
function pad(waiting: number, bytes: number): number {
  const length = Math.ceil((waiting + LEAST_PADDING) / BLOCK) * BLOCK
  message.fill(0, waiting, length)
  message[waiting] = 0x80
  // In bits, big endian: below 2^53 in two words.
  const high = Math.floor(bytes / 0x2000_0000)
  const low = bytes << 3
  for (let i = 0; i < 4; i++) {
    message[length - 5 - i] = high >>> (i * 8)
    message[length - 1 - i] = low >>> (i * 8)
  }
  return length
}

function compress(block: number): void {
  for (let i = 0, at = block; i < 16; i++, at += 4) {
    schedule[i] =
      ((message[at] as number) << 24) |
      ((message[at + 1] as number) << 16) |
      ((message[at + 2] as number) << 8) |
      (message[at + 3] as number)
  }
  for (let i = 16; i < 64; i++) {
    const a = schedule[i - 15] as number
    const b = schedule[i - 2] as number
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3)
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10)
    schedule[i] = ((schedule[i - 16] as number) + s0 + (schedule[i - 7] as number) + s1) | 0
  }
  let a = hash[0] as number
  let b = hash[1] as number
  let c = hash[2] as number
  let d = hash[3] as number
  let e = hash[4] as number
  let f = hash[5] as number
  let g = hash[6] as number
  let h = hash[7] as number
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND[i] as number) + (schedule[i] as number)) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  hash[0] = ((hash[0] as number) + a) | 0
  hash[1] = ((hash[1] as number) + b) | 0
  hash[2] = ((hash[2] as number) + c) | 0
  hash[3] = ((hash[3] as number) + d) | 0
  hash[4] = ((hash[4] as number) + e) | 0
  hash[5] = ((hash[5] as number) + f) | 0
  hash[6] = ((hash[6] as number) + g) | 0
  hash[7] = ((hash[7] as number) + h) | 0
}

/** The first 32 bits of the fractional parts of the first primes' roots. */
function fractions(howMany: number, root: number): Int32Array {
  const words: number[] = []
  for (let n = 2; words.length < howMany; n++) {
    if (isPrime(n)) words.push(((n ** root % 1) * 2 ** 32) | 0)
  }
  return Int32Array.from(words)
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return true
}
