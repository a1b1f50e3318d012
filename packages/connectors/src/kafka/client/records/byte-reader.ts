/** Reads what record batches are made of. Numbers are exact up to 2^53, which offsets and timestamps do not reach. */
export class ByteReader {
  readonly #bytes: Buffer
  #position: number

  constructor(bytes: Buffer, position = 0) {
    this.#bytes = bytes
    this.#position = position
  }

  get position(): number {
    return this.#position
  }

  skip(length: number): void {
    this.#position += length
  }

  /** Zigzag: lengths, deltas. Bytes that are not there count as zero: whoever has read past the end finds out by `position`. */
  varint(): number {
    const bytes = this.#bytes
    let at = this.#position
    let byte = bytes[at++] ?? 0
    if (byte < 0x80) {
      this.#position = at
      return (byte >>> 1) ^ -(byte & 1)
    }
    // By multiplication, since a difference of timestamps may be longer than 32 bits.
    let value = byte & 0x7f
    let scale = 0x80
    do {
      byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * scale
      scale *= 0x80
    } while (byte >= 0x80)
    this.#position = at
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** Bytes after their length, not copied; `undefined` where the length is -1. */
  bytes(): Buffer | undefined {
    const length = this.varint()
    if (length < 0) return undefined
    const from = this.#position
    this.#position = from + length
    return this.#bytes.subarray(from, this.#position)
  }

  text(): string {
    const length = this.varint()
    const from = this.#position
    this.#position = from + length
    return this.#bytes.toString('utf8', from, this.#position)
  }
}

/** A signed number of 64 bits. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}
