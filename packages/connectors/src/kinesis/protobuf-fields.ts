/** One field of a message: a number (varint), or bytes. */
export interface ProtobufField {
  readonly number: number
  readonly value: number | Buffer
}

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/**
 * The fields of a protobuf message, in their order, as its encoding has them (https://protobuf.dev/programming-guides/encoding). Numbers
 * that need 64 bits and fixed ones are passed over: no field of ours is one. `undefined` where the bytes are no message.
 */
export function protobufFields(bytes: Buffer): readonly ProtobufField[] | undefined {
  const fields: ProtobufField[] = []
  const reader = new VarintReader(bytes)
  while (reader.at < bytes.length) {
    const tag = reader.read()
    if (tag === undefined || tag < 8) return undefined
    const number = Math.floor(tag / 8)
    switch (tag % 8) {
      case VARINT: {
        const value = reader.read()
        if (value === undefined) return undefined
        fields.push({ number, value })
        break
      }
      case BYTES: {
        const length = reader.read()
        if (length === undefined || reader.at + length > bytes.length) return undefined
        fields.push({ number, value: bytes.subarray(reader.at, reader.at + length) })
        reader.at += length
        break
      }
      case FIXED64:
        reader.at += 8
        break
      case FIXED32:
        reader.at += 4
        break
      default:
        return undefined
    }
  }
  return reader.at === bytes.length ? fields : undefined
}

class VarintReader {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** A number below 2 ** 53; `undefined` at the end, or where it is larger. */
  read(): number | undefined {
    let value = 0
    for (let scale = 1; scale < 2 ** 63; scale *= 128) {
      const byte = this.#bytes[this.at]
      if (byte === undefined) return undefined
      this.at += 1
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : undefined
    }
    return undefined
  }
}
